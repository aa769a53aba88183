using System.Diagnostics;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>Resident memory and native tensors over many forward passes of the model and of its inference form.</summary>
internal static class LevitMemory
{
    public static void Run(string[] arguments)
    {
        BenchmarkOptions options = BenchmarkOptions.Parse(arguments, "preset", "image-size", "batch", "passes", "threads");
        set_num_threads(options.Threads);
        int passes = options.Number("passes", 10_000);
        string preset = options.Text("preset", "levit-128S");
        if (!LevitPresets.Names.Contains(preset))
        {
            throw new BenchmarkUsageException($"There is no preset '{preset}'; there are {string.Join(", ", LevitPresets.Names)}.");
        }

        LevitConfig config = LevitPresets.Get(preset) with { ImageSize = options.Number("image-size", 64) };
        using var model = new LevitForImageClassification(config);
        model.eval();
        using LevitInference inference = LevitInference.From(model);
        using Tensor images = rand(options.Number("batch", 2), config.NumChannels, config.ImageSize, config.ImageSize);
        (long memory, long tensors) start = default;
        (long memory, long tensors) end = default;
        int warmUp = Math.Max(1, passes / 10);
        for (int pass = 0; pass <= passes; pass++)
        {
            using (NewDisposeScope())
            using (no_grad())
            {
                model.call(images);
                inference.Score(images);
            }

            if (pass % warmUp == 0)
            {
                // What the collector has merely not looked at yet is no growth.
                GC.Collect();
                GC.WaitForPendingFinalizers();
                end = (Resident(), Tensor.TotalCount);
                start = pass == warmUp ? end : start;
                Console.WriteLine($"{pass,8} passes: {end.memory / 1048576.0,8:f1} MiB resident, {end.tensors} native tensors");
            }
        }

        double growth = 100.0 * (end.memory - start.memory) / start.memory;
        Console.WriteLine($"after the first {warmUp} passes: resident memory {growth:+0.00;-0.00} %, native tensors {end.tensors - start.tensors:+0;-0;0}");
        Environment.ExitCode = growth <= 1 && end.tensors == start.tensors ? 0 : 1;
    }

    private static long Resident()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
