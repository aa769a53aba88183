using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks;

/// <summary>
/// Fine-tuning of a LeViT: whole steps (scaling, forward, loss, backward, norm, AdamW) on a batch in memory. Arguments: threads
/// (1), steps (8), batch (32), preset (levit-128S).
/// </summary>
internal static class LevitTrainingStep
{
    public static void Run(string[] args)
    {
        int threads = BenchmarkOptions.Positional(args, 0, 1), steps = BenchmarkOptions.Positional(args, 1, 8), count = BenchmarkOptions.Positional(args, 2, 32);
        string preset = args.ElementAtOrDefault(3) ?? "levit-128S";
        TorchLibrary.EnsureLoaded();
        set_num_threads(threads);
        using var generator = new Generator(1);
        using var module = new LevitForImageClassification(LevitPresets.Get(preset), LevitInitialization.Original, generator);
        var options = new LevitTrainingOptions();
        LevitStudent student = LevitStudent.Of(module);
        using var model = new TrainingModel(new LevitTrainee(student, options), options.WeightAverageDecay, options.GradientClipping);
        using var objective = new ClassificationObjective(options, module.Config.NumLabels, CPU);
        using var scaling = new InputScaling(new LevitImageProcessorConfig(), CPU);
        var step = new ClassificationStep(student, objective, scaling, readsLate: false);
        var clock = new StepClock(threads);
        int side = module.Config.ImageSize;
        using var batch = new LabelledPictures(
            randint(0, 256, [count, side, side, 3], dtype: ScalarType.Byte, generator: generator), arange(count, dtype: ScalarType.Int64).remainder_(module.Config.NumLabels));
        model.Train();
        long before = ProcessMemory.ResetPeak();
        double best = double.MaxValue;
        for (int i = 0; i < steps; i++)
        {
            TimeSpan start = clock.Now;
            model.BeginStep(new RandomStream(options.Seed, RandomPurpose.Layers, 0, i));
            model.Update(step.Backward([(batch, BatchMixing.None)]), 1e-4);
            best = Math.Min(best, clock.Since(start).TotalSeconds);
        }

        Console.WriteLine($"{preset}, batch {count}, {threads} threads: {count / best:f1} images/s, a step {best * 1e3:f0} ms; peak over the model {(ProcessMemory.Peak() - before) >> 20} MB");
    }
}
