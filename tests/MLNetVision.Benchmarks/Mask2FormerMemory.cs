using System.Diagnostics;
using MLNetVision.Benchmarks.Peers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>The resident memory of Mask2Former calls, each engine in a process of its own.</summary>
internal static class Mask2FormerMemory
{
    private const string Own = "this";

    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "peers", "size", "kinds", "threads", "engine");
        string size = options.Text("size", "800x1088");
        if (options.Text("engine", "") is { Length: > 0 } engine)
        {
            Measure(options, size, engine);
            return;
        }

        IReadOnlyList<PeerFile> peers = PeerFile.List(options.PeersFolder);
        string[] kinds = options.List("kinds", "ts-frozen,onnx");
        Array.ForEach([.. kinds, "onnx"], kind => PeerFile.Find(peers, $"mask2former-swin-tiny-{size}.{kind}"));
        Console.WriteLine($"{size}, {options.Threads} thread(s), MB: the loaded engine; the peak of three calls; what the calls add");
        foreach (string kind in kinds.Prepend(Own))
        {
            using Process process = Process.Start(
                Environment.ProcessPath!,
                ["mask2former-memory", "--engine", kind, "--size", size, "--threads", $"{options.Threads}", "--peers", options.PeersFolder]);
            process.WaitForExit();
        }
    }

    private static void Measure(BenchmarkOptions options, string size, string kind)
    {
        TorchLibrary.EnsureLoaded();
        set_num_threads(options.Threads);
        IReadOnlyList<PeerFile> peers = PeerFile.List(options.PeersFolder);
        PeerFile file = PeerFile.Find(peers, $"mask2former-swin-tiny-{size}.{(kind == Own ? "onnx" : kind)}");
        using DisposeScope scope = NewDisposeScope();
        Tensor input = file.Input();
        using IDisposable engine = kind == Own ? Mask2FormerSpeed.Create() : Mask2FormerSpeed.Load(file, input, options.Threads);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long loaded = ProcessMemory.ResetPeak();
        for (int i = 0; i < 3; i++)
        {
            using DisposeScope call = NewDisposeScope();
            if (engine is Mask2FormerInference inference)
            {
                inference.Predict(input);
            }
            else
            {
                ((IPeerEngine)engine).Run();
            }
        }

        long peak = ProcessMemory.Peak();
        Console.WriteLine($"{kind,-12}{loaded / 1e6,10:f0}{peak / 1e6,10:f0}{(peak - loaded) / 1e6,10:f0}");
    }
}
