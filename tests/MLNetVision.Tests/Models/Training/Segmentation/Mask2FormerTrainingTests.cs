using System.Diagnostics;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation;

[TestClass]
public sealed class Mask2FormerTrainingTests
{
    private static SegmentationTrainingOptions Options => TinySegmentation.Options;

    [TestMethod]
    [TestCategory("Levels")]
    public void Run_SimpleScenes_LowersTheLoss()
    {
        var totals = new List<float>();
        using Mask2FormerForUniversalSegmentation model = Model();
        Train(model, new SyntheticScenes(4), Options with { Steps = 40 }, progress: new Recorder(step => totals.Add(step.Losses.Total)));
        Assert.HasCount(40, totals);
        Assert.IsLessThan(0.75 * totals.Take(5).Average(), totals.TakeLast(5).Average());
        Assert.IsFalse(model.training);
    }

    [TestMethod]
    public void Run_NoPictureCanBeRead_Throws()
    {
        using Mask2FormerForUniversalSegmentation model = Model();
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Train(model, new SyntheticScenes(1) { Broken = 0 }, Options)).Message;
        Assert.Contains("scene 0", message);
        Assert.Contains("broken on purpose", message);
    }

    [TestMethod]
    [DataRow(LearningRateCourse.Step)]
    [DataRow(LearningRateCourse.Polynomial)]
    [DataRow(LearningRateCourse.Cosine)]
    public void Schedule_FewerStepsThanTheWarmUp_RisesToTheWholeRate(LearningRateCourse course)
    {
        SegmentationTrainingOptions options = new() { Steps = 4, WarmUpSteps = 10, Course = course };
        options.Validate();
        double[] factors = [.. Enumerable.Range(0, 4).Select(step => options.Schedule.FactorAt(step))];
        Assert.IsTrue(factors[0] > 0 && factors[1] > factors[0], string.Join(", ", factors));
        new SegmentationTrainingOptions { Steps = 0 }.Validate();
    }

    [TestMethod]
    public void Run_ComputeThreads_HoldWhileTrainingOnly()
    {
        int before = get_num_threads(), within = 0;
        using Mask2FormerForUniversalSegmentation model = Model();
        Train(model, new SyntheticScenes(2), Options with { Steps = 1, ComputeThreads = before + 1 }, progress: new Recorder(_ => within = get_num_threads()));
        Assert.AreEqual((before + 1, before), (within, get_num_threads()));
    }

    [TestMethod]
    [DataRow(false, TrainingPrecision.Float32)]
    [DataRow(true, TrainingPrecision.Float32)]
    [DataRow(true, TrainingPrecision.BFloat16)]
    public void Run_CancelledAndResumed_GivesTheSameWeightsBitByBit(bool averaged, TrainingPrecision precision)
    {
        SegmentationTrainingOptions options = Options with { WeightAverageDecay = averaged ? 0.9 : null, GradientAccumulation = 2, Precision = precision };
        using Mask2FormerForUniversalSegmentation whole = Model(), parts = Model();
        Train(whole, new SyntheticScenes(5), options);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var stop = new Recorder(step =>
        {
            if (step.Step == 3)
            {
                cancellation.Cancel();
            }
        });
        SegmentationTrainingOptions saved = options with { CheckpointFolder = folder.Path, DataThreads = 2 };
        SegmentationTrainingResult first = Train(parts, new SyntheticScenes(5), saved, progress: stop, cancellation: cancellation.Token);
        Assert.AreEqual((TrainingOutcome.Cancelled, 3L), (first.Outcome, first.Steps));
        using Mask2FormerForUniversalSegmentation fresh = Model(seed: 99);
        SegmentationTrainingResult second = Train(fresh, new SyntheticScenes(5), saved);
        Assert.AreEqual((TrainingOutcome.Completed, 8L), (second.Outcome, second.Steps));
        AssertEqualWeights(whole, fresh);
    }

    [TestMethod]
    public async Task Run_KilledAndResumed_GivesTheSameWeightsBitByBit()
    {
        using var killed = new TemporaryFolder();
        using var whole = new TemporaryFolder();
        using (Process process = FreshProcess.Start(null, "train-scenes", killed.Path))
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line && line != "step 5")
            {
            }

            process.Kill();
            await process.WaitForExitAsync();
        }

        FreshProcessResult resumed = await FreshProcess.RunAsync(null, "train-scenes", killed.Path);
        FreshProcessResult uninterrupted = await FreshProcess.RunAsync(null, "train-scenes", whole.Path);
        string[] lines = resumed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.AreNotEqual("step 1", lines[0], resumed.Error);
        Assert.StartsWith("weights ", lines[^1]);
        Assert.AreEqual(uninterrupted.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], lines[^1]);
    }

    [TestMethod]
    public void Run_OtherOptionsThanTheSavedState_NamesThem()
    {
        using var folder = new TemporaryFolder();
        SegmentationTrainingOptions options = Options with { Steps = 1, CheckpointFolder = folder.Path };
        using Mask2FormerForUniversalSegmentation model = Model();
        Train(model, new SyntheticScenes(2), options);
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Train(model, new SyntheticScenes(2), options with { Seed = 3 })).Message;
        Assert.Contains("Seed was 0 and is 3", message);
    }

    [TestMethod]
    [TestCategory("Levels")]
    public void Run_GradientCheckpointing_GivesNearlyTheSameWeights()
    {
        using Mask2FormerForUniversalSegmentation plain = Model(), saving = Model();
        Train(plain, new SyntheticScenes(4), Options with { Steps = 2 });
        Train(saving, new SyntheticScenes(4), Options with { Steps = 2, GradientCheckpointing = true });
        foreach ((Tensor one, Tensor other) in plain.parameters().Zip(saving.parameters()))
        {
            Assert.IsTrue(one.allclose(other, 1e-3, 2e-4));
        }
    }

    [TestMethod]
    public void Run_FrozenBackbone_LeavesItAsItWas()
    {
        using Mask2FormerForUniversalSegmentation model = Model(), untouched = Model();
        Train(model, new SyntheticScenes(4), Options with { Steps = 2, FreezeBackbone = true });
        AssertEqualWeights(model.Model.Backbone, untouched.Model.Backbone);
        Assert.IsTrue(model.parameters().All(parameter => parameter.requires_grad));
    }

    [TestMethod]
    public void Run_BrokenPicture_IsReportedAndLeftOut()
    {
        using Mask2FormerForUniversalSegmentation model = Model();
        SegmentationTrainingResult result = Train(model, new SyntheticScenes(3) { Broken = 1 }, Options with { Steps = 3 });
        Assert.AreEqual(new SkippedImage("scene 1", "broken on purpose"), result.Skipped.Single());
        Assert.AreEqual(0, result.NonFiniteSteps);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_WeightsThatAreNotNumbers_FailsAfterTheLimit(bool late)
    {
        using Mask2FormerForUniversalSegmentation model = Model();
        using (no_grad())
        {
            model.ClassPredictor.weight!.fill_(double.NaN);
        }

        var steps = new List<SegmentationTrainingProgress>();
        Assert.ThrowsExactly<NotFiniteNumberException>(
            () => Train(model, new SyntheticScenes(4), Options with { NonFiniteStepLimit = 3, ReadsLossesLate = late }, progress: new Recorder(steps.Add)));
        Assert.HasCount(2, steps);
    }

    [TestMethod]
    public void Run_LossesReadLate_TrainsAsWhenTheyAreReadAtOnce()
    {
        SegmentationTrainingOptions options = Options with { Steps = 3, GradientAccumulation = 2, WeightAverageDecay = 0.9, GradientClipping = 0.5 };
        List<SegmentationTrainingProgress> expected = [], actual = [];
        using Mask2FormerForUniversalSegmentation atOnce = Model(), late = Model();
        Train(atOnce, new SyntheticScenes(5), options, progress: new Recorder(expected.Add));
        Train(late, new SyntheticScenes(5), options with { ReadsLossesLate = true }, progress: new Recorder(actual.Add));
        Assert.HasCount(3, actual);
        foreach ((SegmentationTrainingProgress one, SegmentationTrainingProgress other) in expected.Zip(actual))
        {
            Assert.AreEqual(one.Losses.Total, other.Losses.Total, 1e-5 * one.Losses.Total);
            Assert.AreEqual(one.Losses.Dice, other.Losses.Dice, 1e-4 * one.Losses.Dice);
            Assert.AreEqual(one.GradientNorm, other.GradientNorm, 1e-5 * one.GradientNorm);
        }

        foreach ((Tensor one, Tensor other) in atOnce.parameters().Zip(late.parameters()))
        {
            Assert.IsTrue(one.allclose(other, 1e-4, 1e-5));
        }
    }

    [TestMethod]
    public void Run_Evaluations_KeepTheBestWeights()
    {
        double[] scores = [0.2, 0.9, 0.4];
        var weights = new List<Tensor>();
        using var scope = NewDisposeScope();
        using Mask2FormerForUniversalSegmentation model = Model();
        SegmentationTrainingResult result = Train(
            model, new SyntheticScenes(4), Options with { Steps = 6, EvaluationSteps = 2 },
            evaluation: (current, _) =>
            {
                Assert.IsFalse(current.training);
                weights.Add(current.ClassPredictor.weight!.clone());
                return scores[weights.Count - 1];
            });
        Assert.AreEqual(4, result.BestStep);
        CollectionAssert.AreEqual(scores, result.Scores.Select(score => score.Score).ToArray());
        Assert.IsTrue(model.ClassPredictor.weight!.eq(weights[1]).all().item<bool>());
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Run_CancelledInAnEvaluationAndResumed_RepeatsIt(int cancelledIn)
    {
        double[] scores = [0.2, 0.9, 0.4];
        SegmentationTrainingOptions options = Options with { Steps = 6, EvaluationSteps = 2 };
        using Mask2FormerForUniversalSegmentation whole = Model(), parts = Model(), fresh = Model(seed: 99);
        int calls = 0;
        SegmentationTrainingResult expected = Train(whole, new SyntheticScenes(5), options, (_, _) => scores[calls++]);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        calls = 0;
        SegmentationTrainingResult first = Train(
            parts, new SyntheticScenes(5), options with { CheckpointFolder = folder.Path }, cancellation: cancellation.Token,
            evaluation: (_, _) =>
            {
                if (++calls == cancelledIn)
                {
                    cancellation.Cancel();
                    return double.NaN;
                }

                return scores[calls - 1];
            });
        Assert.AreEqual((TrainingOutcome.Cancelled, 2L * cancelledIn, cancelledIn - 1), (first.Outcome, first.Steps, first.Scores.Count));
        calls = cancelledIn - 1;
        SegmentationTrainingResult second = Train(fresh, new SyntheticScenes(5), options with { CheckpointFolder = folder.Path }, (_, _) => scores[calls++]);
        Assert.AreEqual((TrainingOutcome.Completed, expected.BestStep), (second.Outcome, second.BestStep));
        CollectionAssert.AreEqual(expected.Scores.ToArray(), second.Scores.ToArray());
        AssertEqualWeights(whole, fresh);
    }

    [TestMethod]
    public void Run_HugePictureManyObjectsAndOnePixel_Works()
    {
        using Mask2FormerForUniversalSegmentation model = Model();
        SegmentationTrainingResult result = Train(model, new Extremes(), Options with { Steps = 2, BatchSize = 3 });
        Assert.AreEqual((2L, 0L), (result.Steps, result.NonFiniteSteps));
    }

    private static Mask2FormerForUniversalSegmentation Model(ulong seed = 1) => TinySegmentation.Model(seed);

    private static SegmentationTrainingResult Train(
        Mask2FormerForUniversalSegmentation model, ISegmentationData data, SegmentationTrainingOptions options,
        Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? evaluation = null,
        IProgress<SegmentationTrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Mask2FormerTraining.Run(model, TinySegmentation.Processor, data, options, evaluation, progress, cancellation);

    private static void AssertEqualWeights(nn.Module one, nn.Module other)
    {
        Dictionary<string, Tensor> others = other.state_dict();
        foreach ((string name, Tensor value) in one.state_dict())
        {
            Assert.IsTrue(value.eq(others[name]).all().item<bool>(), name);
        }
    }

    private sealed class Recorder(Action<SegmentationTrainingProgress> record) : IProgress<SegmentationTrainingProgress>
    {
        public void Report(SegmentationTrainingProgress value) => record(value);
    }

    /// <summary>A photo of 4000×3000 with one object of one pixel, a picture with 300 objects, one with none.</summary>
    private sealed class Extremes : ISegmentationData
    {
        public int Count => 3;

        public IReadOnlyCollection<int> ClassesOf(int index) => index == 2 ? [] : [1];

        public string NameOf(int index) => $"{index}";

        public SegmentationSample Load(int index)
        {
            (int width, int height, int count) = index switch { 0 => (4000, 3000, 1), 1 => (300, 200, 300), _ => (20, 30, 0) };
            RunLengthMask[] masks = [.. Enumerable.Range(0, count).Select(i => RunLengthMask.FromRuns([i * 113, i * 113 + (index == 0 ? 1 : 40)], height, width))];
            return new SegmentationSample(new RgbImage(width, height), masks, [.. masks.Select(_ => 1)]);
        }
    }
}
