using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Losses;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// Time and memory of one training step: Mask2Former on Swin-T, 384×384, batch 1, 10 targets, 12,544 points. Arguments:
/// threads (1), steps (4), targets (10), side (384), 1 for gradient checkpointing (0).
/// </summary>
/// <remarks>
/// The memory is the peak of the resident size (VmHWM, reset before the first step) less the resident size before it, so it
/// holds activations, gradients and all temporaries, but not the weights. Run it in a fresh process.
/// </remarks>
internal static class TrainingStepBenchmark
{
    public static void Run(string[] args)
    {
        int threads = BenchmarkOptions.Positional(args, 0, 1), steps = BenchmarkOptions.Positional(args, 1, 4), count = BenchmarkOptions.Positional(args, 2, 10), side = BenchmarkOptions.Positional(args, 3, 384);
        TorchLibrary.EnsureLoaded();
        set_num_threads(threads);
        var clock = new StepClock(threads);
        using var model = new Mask2FormerForUniversalSegmentation(new Mask2FormerConfig());
        model.train();
        model.GradientCheckpointing = BenchmarkOptions.Positional(args, 4, 0) == 1;
        using var scope = NewDisposeScope();
        var source = new SeededPointSource(1);
        Tensor pixels = source.Draw(default, 1, 3L * side * side, CPU)[0].select(1, 0).view(1, 3, side, side).contiguous();
        using SegmentationTarget target = Discs(count, side);
        var targets = new SegmentationTargets([target], side, side);
        var criterion = new SegmentationCriterion(Mask2FormerTraining.CriterionOptions(model.Config), source);

        GC.Collect();
        long before = ProcessMemory.ResetPeak();
        var forward = new List<double>();
        var loss = new List<double>();
        var backward = new List<double>();
        for (int step = 0; step < steps; step++)
        {
            using var stepScope = NewDisposeScope();
            using GraphMemory memory = GraphMemory.Begin();
            TimeSpan start = clock.Now;
            SegmentationPredictions predictions = Mask2FormerTraining.Predict(model, pixels);
            forward.Add(clock.Since(start).TotalMilliseconds);
            start = clock.Now;
            CriterionResult result = criterion.Compute(predictions, targets);
            float total = result.ToValues().Total;
            loss.Add(clock.Since(start).TotalMilliseconds);
            start = clock.Now;
            long afterForward = ProcessMemory.Peak();
            result.Total.backward();
            backward.Add(clock.Since(start).TotalMilliseconds);
            if (step == 0)
            {
                Console.WriteLine($"loss {total:f3}; peak over the model after forward {(afterForward - before) >> 20} MB, after backward {(ProcessMemory.Peak() - before) >> 20} MB");
            }

            model.zero_grad(set_to_none: false);
        }

        double rate = GemmPeak.Operations / InterleavedTimer.Measure([GemmPeak.Product(ScoringPrecision.Single)], rounds: 4, threads)[0] / 1e9;
        double milliseconds = forward.Min() + loss.Min() + backward.Min();
        Console.WriteLine($"{threads} threads: step {milliseconds:f0} ms (forward {forward.Min():f0}, criterion {loss.Min():f0}, backward {backward.Min():f0}); peak of {steps} steps {(ProcessMemory.Peak() - before) >> 20} MB");
        Console.WriteLine($"GEMM 2048³ {rate:f0} GFLOP/s; the step takes the time of {milliseconds * rate / 1e3:f0} GFLOP (HF with einsum masks: 6,021 ms at 93 GFLOP/s, {6.021 * 92.6:f0} GFLOP; bar 0.6 of it, {0.6 * 6.021 * 92.6:f0})");
    }

    internal static SegmentationTarget Discs(int count, int side)
    {
        using var scope = NewDisposeScope();
        Tensor axis = arange(side, dtype: float32);
        var masks = new List<Tensor>();
        for (int i = 0; i < count; i++)
        {
            double x = side * (0.1 + 0.8 * i / Math.Max(1, count - 1)), y = side * (0.2 + 0.6 * (i * 7 % 10) / 10.0), radius = side * (0.05 + 0.02 * (i % 5));
            masks.Add((axis - x).square().unsqueeze(0) + (axis - y).square().unsqueeze(1) < radius * radius);
        }

        return new SegmentationTarget(PackedMasks.Pack(stack(masks)), [.. Enumerable.Range(0, count).Select(i => (long)(i % 2))]);
    }
}
