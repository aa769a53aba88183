using MLNetVision.Imaging.Augmentation;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class LevitTrainingTests
{
    [TestMethod]
    public void Run_SeparableClasses_LearnsThem()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        var reports = new List<LevitTrainingProgress>();
        LevitTrainingResult result = LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(60), new SyntheticImages(30, seed: 1), TinyTraining.Plain with { Epochs = 6 }, new List(reports));

        Assert.AreEqual(TrainingOutcome.Completed, result.Outcome);
        Assert.AreEqual(1, result.History.Max(epoch => epoch.ValidationAccuracy));
        Assert.AreEqual(6 * 10, result.Steps);
        Assert.AreEqual(6 * 10 + 6, reports.Count);
        Assert.IsFalse(model.training);
        Assert.IsTrue(model.parameters().All(parameter => parameter.requires_grad && parameter.grad is null));
        Assert.IsTrue(reports[^1].Loss < reports[9].Loss && reports[^1].Summary is not null && reports[^1].Remaining == TimeSpan.Zero);
        Assert.IsTrue(reports.All(report => report.WaitingShare is >= 0 and <= 1 && report.ImagesPerSecond > 0));
    }

    [TestMethod]
    public void Run_SameSeed_GivesTheSameWeightsWithAnyNumberOfThreads()
    {
        Dictionary<string, string> first = TinyTraining.Train(TinyTraining.Full).Weights;
        TinyTraining.AssertEqual(first, TinyTraining.Train(TinyTraining.Full with { DataThreads = 5, PrefetchBatches = 1 }).Weights);
        Assert.AreNotEqual(first["classifier.linear.weight"], TinyTraining.Train(TinyTraining.Full with { Seed = 8 }).Weights["classifier.linear.weight"]);
    }

    [TestMethod]
    public void Run_FrozenStages_TrainsOnlyTheRest()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        Dictionary<string, string> before = TinyTraining.Weights(model);
        LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(12), null, TinyTraining.Plain with { FrozenStages = 2, Epochs = 1, WeightDecay = 0.1 });
        Dictionary<string, string> after = TinyTraining.Weights(model);
        foreach (string key in before.Keys)
        {
            bool frozen = key.Contains("patch_embeddings", StringComparison.Ordinal) || key.Contains("stages.0.", StringComparison.Ordinal) || key.Contains("stages.1.", StringComparison.Ordinal);
            bool counts = key.Contains("stages.2.layers.0.module.queries_keys_values.linear.weight", StringComparison.Ordinal) || key.StartsWith("classifier.linear", StringComparison.Ordinal);
            Assert.IsTrue(!frozen || before[key] == after[key], key);
            Assert.IsTrue(!counts || before[key] != after[key], key);
        }

        Assert.IsTrue(model.parameters().All(parameter => parameter.requires_grad));
    }

    [TestMethod]
    public void Run_NoImprovement_StopsEarlyWithTheBestEpoch()
    {
        (_, LevitTrainingResult result) = TinyTraining.Train(
            TinyTraining.Plain with { Epochs = 20, LearningRate = 1e-12, WeightAverageDecay = 0.999999, EarlyStoppingPatience = 2 }, validation: new SyntheticImages(6, seed: 2));
        Assert.AreEqual(TrainingOutcome.StoppedEarly, result.Outcome);
        Assert.IsTrue(result.History.Count < 20);
        Assert.AreEqual(result.History.Count - 2, result.BestEpoch);
    }

    [TestMethod]
    public void Run_BestEpoch_LeavesTheWeightsThatItWasMeasuredWith()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        var validation = new SyntheticImages(30, seed: 3);
        LevitTrainingResult result = LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(24), validation, TinyTraining.Full with { Epochs = 5, LearningRate = 0.05, BestEpoch = BestEpochSelection.ValidationLoss });

        EpochSummary best = result.History[result.BestEpoch - 1];
        Assert.AreEqual(result.History.Min(epoch => epoch.ValidationLoss), best.ValidationLoss);
        using var scope = NewDisposeScope();
        Tensor logits = model.call(TinyTraining.Processor.Process([.. Enumerable.Range(0, 30).Select(i => (MLNetVision.Imaging.Pictures.Sources.ImageSource)validation.Load(i))])).Logits;
        Tensor loss = nn.functional.cross_entropy(logits, tensor(Enumerable.Range(0, 30).Select(i => (long)validation.ClassOf(i)).ToArray()));
        Assert.AreEqual(best.ValidationLoss!.Value, loss.ToDouble(), 1e-4);
    }

    [TestMethod]
    public void Run_ValidationFraction_SetsAsideAShareOfEachClass()
    {
        var data = new SyntheticImages(30);
        (_, LevitTrainingResult result) = TinyTraining.Train(TinyTraining.Plain with { Epochs = 1, ValidationFraction = 0.2 }, data);
        Assert.IsNotNull(result.History[0].ValidationAccuracy);
        Assert.AreEqual(24 / 6, result.Steps);
    }

    [TestMethod]
    public void Run_UnreadablePictures_AreSkippedAndNamedOnce()
    {
        HashSet<int> broken = [2, 5, 20];
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(
            TinyTraining.Plain, new SyntheticImages(24, broken: broken), new SyntheticImages(6, broken: new HashSet<int> { 1 }));
        CollectionAssert.AreEqual(new[] { "picture 2", "picture 5", "picture 20" }, result.Skipped.Select(item => item.Name).ToArray());
        Assert.AreEqual(new SkippedImage("picture 1", "picture 1 is broken"), result.SkippedInValidation.Single());
        Assert.AreEqual("picture 2 is broken", result.Skipped[0].Reason);
        (Dictionary<string, string> again, _) = TinyTraining.Train(
            TinyTraining.Plain with { DataThreads = 4 }, new SyntheticImages(24, broken: broken), new SyntheticImages(6, broken: new HashSet<int> { 1 }));
        TinyTraining.AssertEqual(weights, again);
    }

    [TestMethod]
    public void Run_NoPictureCanBeRead_Throws() => Throws<InvalidOperationException>(
        "picture 0: picture 0 is broken", () => TinyTraining.Train(TinyTraining.Plain, new SyntheticImages(6, broken: Enumerable.Range(0, 6).ToHashSet())));

    [TestMethod]
    public void Run_BatchesWithoutTwoReadablePictures_AreCountedApart()
    {
        LevitTrainingResult result = TinyTraining.Train(
            TinyTraining.Plain with { BatchSize = 2 }, new SyntheticImages(7, broken: new HashSet<int> { 0, 1, 2 })).Result;
        Assert.AreEqual(3 * 3, result.Steps + result.UnreadableSteps);
        Assert.IsGreaterThan(0, result.UnreadableSteps);
        Assert.AreEqual((0, 3), (result.NonFiniteSteps, result.Skipped.Count));
        Assert.AreEqual(9, result.Points[^1].Step);
        Assert.AreEqual((7, 3, result.UnreadableSteps), (result.Record.Data.Pictures, result.Record.Data.Skipped, result.Record.UnreadableSteps));
    }

    [TestMethod]
    public void Run_WeightOfZero_IgnoresTheClass()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        LevitTraining.Run(model, TinyTraining.Processor, new SyntheticImages(30), null, TinyTraining.Plain with { ClassWeights = [1, 1, 0], LabelSmoothing = 0 });
        using var scope = NewDisposeScope();
        var data = new SyntheticImages(9);
        Tensor logits = model.call(TinyTraining.Processor.Process([.. Enumerable.Range(0, 9).Select(i => (MLNetVision.Imaging.Pictures.Sources.ImageSource)data.Load(i))])).Logits;
        Assert.IsTrue(logits.argmax(1).ne(2).all().ToBoolean());
    }

    [TestMethod]
    public void Run_BFloat16_LearnsAndKeepsFloat32Weights()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        LevitTrainingResult result = LevitTraining.Run(
            model, TinyTraining.Processor, new SyntheticImages(60), new SyntheticImages(30, seed: 1),
            TinyTraining.Plain with { Epochs = 6, Precision = TrainingPrecision.BFloat16, WeightAverageDecay = 0.9 });
        Assert.IsTrue(result.History.Max(epoch => epoch.ValidationAccuracy) > 0.9);
        Assert.AreEqual(0, result.NonFiniteSteps);
        Assert.IsTrue(model.parameters().All(parameter => parameter.dtype == ScalarType.Float32));
    }

    [TestMethod]
    public void Run_BFloat16WithFrozenStages_BeginsWithTheirWeights()
    {
        Assert.AreEqual(FirstLoss(TrainingPrecision.Float32), FirstLoss(TrainingPrecision.BFloat16), 0.03);

        static double FirstLoss(TrainingPrecision precision)
        {
            double loss = double.NaN;
            TinyTraining.Train(TinyTraining.Plain with { Epochs = 1, FrozenStages = 2, Precision = precision }, progress: step => loss = step.Step == 1 ? step.Loss : loss);
            return loss;
        }
    }

    [TestMethod]
    [DoNotParallelize]
    public void Run_ComputeThreads_HoldWhileTrainingOnly()
    {
        int before = get_num_threads();
        int within = 0;
        TinyTraining.Train(TinyTraining.Plain with { Epochs = 1, ComputeThreads = before + 1 }, progress: _ => within = get_num_threads());
        Assert.AreEqual((before + 1, before), (within, get_num_threads()));
    }

    [TestMethod]
    public void Run_SmallerThanABatch_TrainsOnOneSmallBatch()
    {
        (_, LevitTrainingResult result) = TinyTraining.Train(TinyTraining.Plain with { BatchSize = 64 }, new SyntheticImages(5));
        Assert.AreEqual(3, result.Steps);
    }

    [TestMethod]
    public void OriginalRecipe_IsValidAndHasTheAuthorsRate()
    {
        LevitTrainingOptions.OriginalRecipe.Validate(classes: 1000, stages: 3);
        Assert.AreEqual(5e-4, LevitTrainingOptions.OriginalRecipe.HighestLearningRate(512), 1e-12);
    }

    [TestMethod]
    public void Run_Contradictions_AreClearErrors()
    {
        LevitTrainingOptions plain = TinyTraining.Plain;
        Throws<ArgumentException>("the model's 3 classes are 0 to 2", () => TinyTraining.Train(plain, new SyntheticImages(8, classes: 4)));
        Throws<ArgumentException>("at least 2", () => TinyTraining.Train(plain, new SyntheticImages(1)));
        Throws<ArgumentException>("EarlyStoppingPatience", () => TinyTraining.Train(plain with { EarlyStoppingPatience = 1 }));
        Throws<ArgumentException>("ClassWeights has 2 weights", () => TinyTraining.Train(plain with { ClassWeights = [1, 2] }));
        Throws<ArgumentException>("All ClassWeights are 0", () => TinyTraining.Train(plain with { ClassWeights = [0, 0, 0] }));
        Throws<ArgumentException>("CheckpointFolder", () => TinyTraining.Train(plain with { CheckpointSteps = 3 }));
        Throws<ArgumentOutOfRangeException>("BatchSize must be at least 2", () => TinyTraining.Train(plain with { BatchSize = 1 }));
        Throws<ArgumentException>("FreezeBackbone", () => TinyTraining.Train(plain with { FrozenStages = 1, FreezeBackbone = true }));
        Throws<ArgumentOutOfRangeException>("FrozenStages", () => TinyTraining.Train(plain with { FrozenStages = 4 }));
        Throws<ArgumentOutOfRangeException>("LearningRate must be above 0", () => TinyTraining.Train(plain with { LearningRate = 0 }));
        Throws<ArgumentOutOfRangeException>("Mixup", () => TinyTraining.Train(plain with { Mixup = double.NaN }));
        Throws<ArgumentException>("224", () => LevitTraining.Run(TinyTraining.Model(), new LevitImageProcessor(), new SyntheticImages(8), null, plain));
    }

    [TestMethod]
    public void Progress_Augmentation_DiffersBetweenEpochs()
    {
        // A network that learns nothing sees another loss in each epoch only if its pictures change.
        LevitTrainingOptions options = TinyTraining.Plain with { LearningRate = 1e-12, BatchSize = 22, Augmentation = new ImageAugmentation { Rotation = 30 } };
        double[] losses = [.. TinyTraining.Train(options).Result.History.Select(epoch => epoch.Loss)];
        Assert.AreEqual(3, losses.Distinct().Count());
    }

    private static void Throws<TException>(string part, Action action)
        where TException : Exception =>
        StringAssert.Contains(Assert.ThrowsExactly<TException>(action).Message, part);

    private sealed class List(List<LevitTrainingProgress> reports) : IProgress<LevitTrainingProgress>
    {
        public void Report(LevitTrainingProgress value) => reports.Add(value);
    }
}
