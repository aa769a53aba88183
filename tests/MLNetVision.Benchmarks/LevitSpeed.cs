using MLNetVision.Benchmarks.Peers;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// The inference form of each LeViT preset against the peers, in one process, in turns. Outputs are compared before
/// anything is timed.
/// </summary>
internal static class LevitSpeed
{
    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "peers", "presets", "batches", "threads", "precision", "rounds");
        set_num_threads(options.Threads);
        IReadOnlyList<PeerFile> peers = PeerFile.List(options.PeersFolder);
        int rounds = options.Number("rounds", 6);
        var ratios = new List<double>();
        Console.WriteLine($"{options.Threads} thread(s), {options.Precision}, {rounds} rounds, milliseconds per image of the fastest call");
        Console.WriteLine($"{"preset",-12}{"batch",6}{"this",10}{"ONNX RT",10}{"TorchScr.",10}{"x ONNX RT",11}{"x TorchS.",11}{"x Single",10}{"GFLOP/s",9}{"GEMM",8}{"% GEMM",8}");
        foreach (string preset in options.List("presets", string.Join(',', LevitPresets.Names)))
        {
            PeerFile[] files = [.. peers.Where(peer => peer.Name.StartsWith(preset + ".", StringComparison.Ordinal))];
            if (files.Length == 0)
            {
                throw new BenchmarkUsageException($"There is no peer of '{preset}' in '{options.PeersFolder}'.");
            }

            using LevitInference single = CreateInference(preset, files, ScoringPrecision.Single, relativeTolerance: null);
            using LevitInference inference = CreateInference(preset, files, options.Precision, options.RelativeTolerance);
            PeerFile[] right = PeerChecks.Right(files, file => Open(file, batch: null, options.Threads));
            foreach (int batch in options.List("batches", "1,32").Select(text => BenchmarkOptions.ParseNumber(text, "--batches")))
            {
                double ratio = Compare(preset, batch, (single, inference), right, files[0].Input(batch), options, rounds);
                ratios.AddRange(double.IsNaN(ratio) ? [] : [ratio]); // where ONNX Runtime was left out
            }
        }

        if (ratios.Count > 0)
        {
            Console.WriteLine($"geometric mean of the ratios to ONNX Runtime: {Math.Exp(ratios.Average(Math.Log)):f3}, lowest {ratios.Min():f3}");
        }
    }

    private static double Compare(
        string preset, int batch, (LevitInference Single, LevitInference Chosen) own, PeerFile[] files, Tensor input, BenchmarkOptions options, int rounds)
    {
        using Tensor pixels = input;
        (LevitInference single, LevitInference inference) = own;
        IPeerEngine[] engines = [.. files.Select(file => Open(file, batch, options.Threads))];
        try
        {
            List<Action> actions = [.. engines.Select(engine => (Action)engine.Run), () => single.Score(pixels).Dispose(), () => inference.Score(pixels).Dispose(), GemmPeak.Product(options.Precision)];
            double[] seconds = InterleavedTimer.Measure(actions, rounds, options.Threads);
            double onnx = files.Zip(seconds).Where(pair => pair.First.IsOnnx).Select(pair => pair.Second).DefaultIfEmpty(double.NaN).Min();
            double script = files.Zip(seconds).Where(pair => !pair.First.IsOnnx).Select(pair => pair.Second).DefaultIfEmpty(double.NaN).Min();
            double time = seconds[^2];
            double rate = LevitOperations.Count(inference.Config) * batch / time / 1e9;
            double peak = GemmPeak.Operations / seconds[^1] / 1e9;
            Console.WriteLine(
                $"{preset,-12}{batch,6}{time * 1e3 / batch,10:f2}{onnx * 1e3 / batch,10:f2}{script * 1e3 / batch,10:f2}" +
                $"{onnx / time,11:f2}{script / time,11:f2}{seconds[^3] / time,10:f2}{rate,9:f1}{peak,8:f1}{100 * rate / peak,8:f0}");
            return onnx / time;
        }
        finally
        {
            Array.ForEach(engines, engine => engine.Dispose());
        }
    }

    private static LevitInference CreateInference(string preset, PeerFile[] files, ScoringPrecision precision, double? relativeTolerance)
    {
        using var model = new LevitForImageClassificationWithTeacher(LevitPresets.Get(preset));
        PeerWeights.Fill(model, "peers");
        LevitInference inference = LevitInference.From(model, precision);
        foreach (PeerFile file in files)
        {
            using DisposeScope scope = NewDisposeScope();
            file.Check(0, [.. inference.Score(file.Input()).Logits.data<float>()], relativeTolerance);
        }

        return inference;
    }

    // Of the recorded batch size where none is given.
    private static IPeerEngine Open(PeerFile file, int? batch, int threads)
    {
        Tensor input = file.Input(batch);
        return file.IsOnnx ? new OnnxEngine(file.Unpack(), [.. input.data<float>()], input.shape, threads) : new TorchScriptEngine(file.Unpack(), input);
    }
}
