using MLNetVision.Benchmarks.Peers;
using MLNetVision.Models.Common;
using MLNetVision.Models.Levit;
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
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments);
        set_num_threads(options.Threads);
        IReadOnlyList<PeerFile> peers = PeerFile.List(options.PeersFolder);
        int rounds = options.Number("rounds", 6);
        var ratios = new List<double>();
        Console.WriteLine($"{options.Threads} thread(s), {options.Precision}, {rounds} rounds, milliseconds per image of the fastest call");
        Console.WriteLine($"{"preset",-12}{"batch",6}{"this",10}{"ONNX RT",10}{"TorchScr.",10}{"x ONNX RT",11}{"x TorchS.",11}{"x Single",10}{"GFLOP/s",9}{"GEMM",8}{"% GEMM",8}");
        foreach (string preset in options.List("presets", string.Join(',', LevitPresets.Names)))
        {
            PeerFile[] files = [.. peers.Where(peer => peer.Name.StartsWith(preset + ".", StringComparison.Ordinal))];
            foreach (int batch in options.List("batches", "1,32").Select(int.Parse))
            {
                ratios.Add(Compare(preset, batch, files, options, rounds));
            }
        }

        Console.WriteLine($"geometric mean of the ratios to ONNX Runtime: {Math.Exp(ratios.Average(Math.Log)):f3}, lowest {ratios.Min():f3}");
    }

    private static double Compare(string preset, int batch, PeerFile[] files, BenchmarkOptions options, int rounds)
    {
        using DisposeScope scope = NewDisposeScope();
        using LevitInference single = CreateInference(preset, files, ScoringPrecision.Single, relativeTolerance: null);
        using LevitInference inference = CreateInference(preset, files, options.Precision, options.RelativeTolerance);
        Tensor input = files[0].Input(batch);
        float[] pixels = [.. input.data<float>()];
        IPeerEngine[] engines = [.. files.Select(file => Open(file, input, pixels, options.Threads))];
        try
        {
            List<Action> actions = [.. engines.Select(engine => (Action)engine.Run), () => single.Score(input).Dispose(), () => inference.Score(input).Dispose(), GemmPeak.Product(options.Precision)];
            double[] seconds = InterleavedTimer.Measure(actions, rounds, options.Threads);
            double onnx = files.Zip(seconds).Where(pair => pair.First.IsOnnx).Min(pair => pair.Second);
            double script = files.Zip(seconds).Where(pair => !pair.First.IsOnnx).Min(pair => pair.Second);
            double own = seconds[^2];
            double rate = LevitOperations.Count(inference.Config) * batch / own / 1e9;
            double peak = GemmPeak.Operations / seconds[^1] / 1e9;
            Console.WriteLine(
                $"{preset,-12}{batch,6}{own * 1e3 / batch,10:f2}{onnx * 1e3 / batch,10:f2}{script * 1e3 / batch,10:f2}" +
                $"{onnx / own,11:f2}{script / own,11:f2}{seconds[^3] / own,10:f2}{rate,9:f1}{peak,8:f1}{100 * rate / peak,8:f0}");
            return onnx / own;
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
            file.Check(0, [.. inference.Score(file.Input()).Logits.data<float>()], "this project", relativeTolerance);
        }

        return inference;
    }

    private static IPeerEngine Open(PeerFile file, Tensor input, float[] pixels, int threads)
    {
        string path = file.Unpack();
        using Tensor recorded = file.Input();
        IPeerEngine Make(Tensor tensor, float[] values) => file.IsOnnx ? new OnnxEngine(path, values, tensor.shape, threads) : new TorchScriptEngine(path, tensor);
        using (IPeerEngine checkedEngine = Make(recorded, [.. recorded.data<float>()]))
        {
            file.Check(0, checkedEngine.Outputs()[0], file.Name);
        }

        return Make(input, pixels);
    }
}
