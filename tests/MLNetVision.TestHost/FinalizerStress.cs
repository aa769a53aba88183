using System.Diagnostics;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Classification;
using static TorchSharp.torch;

namespace MLNetVision.TestHost;

/// <summary>Runs models under <see cref="FinalizerPressure"/>: a number or tensor freed under a native call is an exception or another result.</summary>
internal static class FinalizerStress
{
    private const int StepsPerEpoch = 25, LoopThreads = 3;

    private static readonly LevitConfig Config = new()
    {
        ImageSize = 16, HiddenSizes = [8, 16, 24], KeyDim = [4, 4, 4], NumAttentionHeads = [1, 2, 2], Depths = [1, 1, 1], DropPathRate = 0.1,
        Labels = ["left", "middle", "right"],
    };

    /// <summary>
    /// SECONDS STEPS: forward and backward passes in loops of several threads, without a scope around them, whose results must
    /// never change; ends after the seconds or the steps.
    /// </summary>
    public static void Loops(string[] arguments)
    {
        (double seconds, long most) = (double.Parse(arguments[0]), long.Parse(arguments[1]));
        Begin();
        var clock = Stopwatch.StartNew();
        long steps = 0, wrong = 0;
        var failures = new List<string>();
        using (new FinalizerPressure())
        {
            Thread[] threads = [.. Enumerable.Range(0, LoopThreads).Select(_ => new Thread(() =>
            {
                using var model = new LevitForImageClassification(Config with { DropPathRate = 0 }, LevitInitialization.Original, new Generator(1));
                using Tensor pictures = ones(2, 3, 16, 16), labels = tensor(new long[] { 0, 1 });
                float? expected = null;
                while (clock.Elapsed.TotalSeconds < seconds && Interlocked.Increment(ref steps) <= most)
                {
                    try
                    {
                        float loss = Step(model, pictures, labels);
                        expected ??= loss;
                        if (loss != expected)
                        {
                            Interlocked.Increment(ref wrong);
                        }
                    }
                    catch (System.Runtime.InteropServices.ExternalException exception)
                    {
                        lock (failures)
                        {
                            failures.Add($"{clock.Elapsed.TotalSeconds:f1} s: {exception.Message.Split('\n')[0]}");
                        }
                    }
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
        }

        End(clock, Math.Min(steps, most), wrong, failures);
    }

    /// <summary>STEPS: trains a tiny LeViT for as many steps twice, once in peace; both must end with the same weights.</summary>
    public static void Training(string[] arguments)
    {
        int epochs = (int.Parse(arguments[0]) + StepsPerEpoch - 1) / StepsPerEpoch;
        Begin();
        string expected = Train(epochs);
        var clock = Stopwatch.StartNew();
        var failures = new List<string>();
        string actual = expected;
        using (new FinalizerPressure())
        {
            try
            {
                actual = Train(epochs);
            }
            catch (System.Runtime.InteropServices.ExternalException exception)
            {
                failures.Add($"{clock.Elapsed.TotalSeconds:f1} s: {exception.Message.Split('\n')[0]}");
            }
        }

        End(clock, epochs * StepsPerEpoch, actual == expected ? 0 : 1, failures);
    }

    private static float Step(LevitForImageClassification model, Tensor pictures, Tensor labels)
    {
        using LevitClassificationOutput output = model.call(pictures);
        using Tensor loss = model.Loss(output.Logits, labels);
        loss.backward();
        return loss.data<float>()[0];
    }

    private static string Train(int epochs)
    {
        using var model = new LevitForImageClassification(Config, LevitInitialization.Original, new Generator(1));
        var processor = new LevitImageProcessor(new LevitImageProcessorConfig { Size = Imaging.Pictures.ImageSize.Fixed(16, 16), DoCenterCrop = false });
        LevitTraining.Run(model, processor, new SyntheticImages(2 * StepsPerEpoch), null, new LevitTrainingOptions
        {
            Epochs = epochs, BatchSize = 2, Mixup = 0.4, GradientClipping = 0.1, WeightAverageDecay = 0.9, DataThreads = 1, Augmentation = ImageAugmentation.None,
        });
        return string.Concat(model.state_dict().Values.Select(value => Convert.ToHexString(value.contiguous().bytes)));
    }

    private static void Begin()
    {
        TorchLibrary.EnsureLoaded();
        set_num_threads(1);
    }

    private static void End(Stopwatch clock, long steps, long wrong, List<string> failures)
    {
        failures.ForEach(Console.WriteLine);
        Console.WriteLine($"{steps} steps in {clock.Elapsed.TotalSeconds:f1} s: {failures.Count} failed, {wrong} gave another result");
    }
}
