using MLNetVision.Benchmarks.Peers;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// The inference form of Mask2Former with Swin-T against the peers, one image, in one process, in turns. Outputs are
/// compared before anything is timed.
/// </summary>
internal static class Mask2FormerSpeed
{
    // What one image costs the reference, by torch's count of products and convolutions.
    private static readonly Dictionary<string, double> Operations = new(StringComparer.Ordinal) { ["384x384"] = 79.2e9, ["800x1088"] = 445e9 };

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "peers", "sizes", "kinds", "threads", "precision", "rounds");
        TorchLibrary.EnsureLoaded();
        set_num_threads(options.Threads);
        IReadOnlyList<PeerFile> peers = PeerFile.List(options.PeersFolder);
        string[] kinds = options.List("kinds", "ts,ts-frozen,onnx");
        Console.WriteLine($"{options.Threads} thread(s), {options.Precision}, milliseconds of the fastest call");
        Console.WriteLine($"{"size",-10}{"this",9}{"ONNX RT",9}{"TorchS.",9}{"x ONNX RT",11}{"x TorchS.",11}{"x Single",10}{"GFLOP/s",9}{"GEMM",8}{"% GEMM",8}");
        foreach (string size in options.List("sizes", "384x384,800x1088"))
        {
            PeerFile[] files = [.. kinds.Select(kind => PeerFile.Find(peers, $"mask2former-swin-tiny-{size}.{kind}"))];
            Compare(size, files, options, options.Number("rounds", 4));
        }
    }

    /// <summary>The inference form with the peers' weights.</summary>
    internal static Mask2FormerInference Create(ScoringPrecision precision = ScoringPrecision.Single)
    {
        using var model = new Mask2FormerForUniversalSegmentation(new Mask2FormerConfig { Labels = PretrainedConfig.DefaultLabels(133) });
        PeerWeights.Fill(model, "p16");
        return new Mask2FormerInference(model, precision);
    }

    /// <summary>A peer as it is.</summary>
    internal static IPeerEngine Load(PeerFile file, Tensor input, int threads)
    {
        string path = file.Unpack();
        return file.IsOnnx ? new OnnxEngine(path, [.. input.data<float>()], input.shape, threads) : new TorchScriptEngine(path, input);
    }

    /// <summary>Throws unless the inference form gives the recorded outputs.</summary>
    internal static void Check(PeerFile file, Mask2FormerInference inference, Tensor input, double? relativeTolerance = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Mask2FormerPrediction prediction = inference.Predict(input);
        file.Check(0, [.. prediction.ClassQueriesLogits.data<float>()], relativeTolerance);
        file.Check(1, [.. prediction.MasksQueriesLogits.data<float>()], relativeTolerance);
    }

    private static void Predict(Mask2FormerInference inference, Tensor input)
    {
        using DisposeScope call = NewDisposeScope();
        inference.Predict(input);
    }

    private static void Compare(string size, PeerFile[] files, BenchmarkOptions options, int rounds)
    {
        using DisposeScope scope = NewDisposeScope();
        using Mask2FormerInference single = Create(), inference = Create(options.Precision);
        Tensor input = files[0].Input();
        Check(files[0], single, input);
        Check(files[0], inference, input, options.RelativeTolerance);
        files = PeerChecks.Right(files, file => Load(file, input, options.Threads));
        IPeerEngine[] engines = [.. files.Select(file => Load(file, input, options.Threads))];
        try
        {
            List<Action> actions =
            [
                .. engines.Select(engine => (Action)engine.Run),
                () => Predict(single, input),
                () => Predict(inference, input),
                GemmPeak.Product(options.Precision),
            ];
            double[] seconds = InterleavedTimer.Measure(actions, rounds, options.Threads, secondsPerTurn: 0);
            double onnx = files.Zip(seconds).Where(pair => pair.First.IsOnnx).Select(pair => pair.Second).DefaultIfEmpty(double.NaN).Min();
            double script = files.Zip(seconds).Where(pair => !pair.First.IsOnnx).Select(pair => pair.Second).DefaultIfEmpty(double.NaN).Min();
            double time = seconds[^2], rate = Operations[size] / time / 1e9, peak = GemmPeak.Operations / seconds[^1] / 1e9;
            Console.WriteLine(
                $"{size,-10}{time * 1e3,9:f0}{onnx * 1e3,9:f0}{script * 1e3,9:f0}{onnx / time,11:f2}{script / time,11:f2}{seconds[^3] / time,10:f2}{rate,9:f1}{peak,8:f1}{100 * rate / peak,8:f0}");
        }
        finally
        {
            Array.ForEach(engines, engine => engine.Dispose());
        }
    }
}
