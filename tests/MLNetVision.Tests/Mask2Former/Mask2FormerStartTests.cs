using Microsoft.ML;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;
using MLNetVision.Training;
using TorchSharp;

namespace MLNetVision.Tests.Mask2Former;

/// <summary>What a training starts from, what follows from the data, and when it ends.</summary>
[TestClass]
public sealed class Mask2FormerStartTests
{
    private readonly MLContext _ml = new(seed: 5);

    [TestMethod]
    public void Start_WithoutACheckpointInReach_IsTheStarterWithAWarning()
    {
        using var folder = new TemporaryFolder();
        using var log = new LogRecorder(_ml);
        IDataView data = TrainingRows.Load(_ml);
        var options = new Mask2FormerTrainer.Options { Hub = Nowhere(folder), AdjustTraining = recipe => recipe with { Steps = 0 } };
        Mask2FormerTrainingPlan plan = options.Resolve(data);
        Assert.AreEqual(TrainingStartKind.Starter, plan.Start.Kind);
        Assert.AreEqual((128, 8, 0.0), (plan.Training.Augmentation.CropWidth, plan.Training.BatchSize, plan.Training.Augmentation.FlipProbability));
        Assert.AreEqual(144, plan.Preprocessing.Size.ShortestEdge);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(options).Fit(data);
        Assert.AreEqual(plan.ToString(), trained.TrainingPlan!.ToString());
        Assert.AreEqual(plan.Start.ToString(), trained.Training!.Start);
        Assert.IsTrue(log.Infos.Any(text => text.EndsWith(plan.ToString(), StringComparison.Ordinal)), string.Join("\n", log.Infos));
        string warning = log.Warnings.Single(text => text.Contains("MLNetVision.Starter", StringComparison.Ordinal));
        StringAssert.Contains(warning, "facebook/mask2former-swin-tiny-coco-panoptic is not in the cache");

        // The digits are its own classes: it finds them without a step, so the head is its own too.
        Assert.IsGreaterThan(0.5, _ml.Segmentation.EvaluatePanoptic(trained.Transform(data)).PanopticQuality);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Start_FromNewWeights_WarnsThatTheModelWillBePoor(bool asked)
    {
        using var folder = new TemporaryFolder();
        Mask2FormerTrainingPlan plan = new Mask2FormerTrainer.Options { Hub = Nowhere(folder), StarterFolder = folder.Path, FromScratch = asked }.Resolve(TrainingRows.Load(_ml));
        Assert.AreEqual(TrainingStartKind.Scratch, plan.Start.Kind);
        StringAssert.Contains(plan.Start.Advice, "expect a poor model");
        Assert.AreEqual(!asked, plan.Start.Advice!.Contains("MLNetVision.Starter", StringComparison.Ordinal));
        Assert.IsLessThan(3_000_000, Parameters(plan));
    }

    [TestMethod]
    [DataRow(SegmentationTask.Panoptic, "facebook/mask2former-swin-tiny-coco-panoptic", 133)]
    [DataRow(SegmentationTask.Instance, "facebook/mask2former-swin-tiny-coco-instance", 80)]
    public void Start_PublishedCheckpointOfTheTask_TrainsWithoutAWarning(SegmentationTask task, string id, int classes)
    {
        using var folder = new TemporaryFolder();
        using var log = new LogRecorder(_ml);
        foreach ((string published, int labels) in new[] { ("facebook/mask2former-swin-tiny-coco-panoptic", 133), ("facebook/mask2former-swin-tiny-coco-instance", 80) })
        {
            HubCacheLayout.Add(folder.Path, published, snapshot =>
            {
                using (var network = new Mask2FormerForUniversalSegmentation(TrainingRows.Config with { Labels = PretrainedConfig.DefaultLabels(labels) }))
                {
                    network.SavePretrained(snapshot);
                }

                File.WriteAllText(
                    Path.Combine(snapshot, "preprocessor_config.json"),
                    $$"""{"_max_size": 1333, "image_processor_type": "Mask2FormerImageProcessor", "ignore_index": 255, "num_labels": {{labels}}, "reduce_labels": false, "size": {"longest_edge": 1333, "shortest_edge": 800}, "size_divisor": 32}""");
            });
        }

        IDataView data = task == SegmentationTask.Instance ? TrainingRows.LoadInstances(_ml) : TrainingRows.Load(_ml);
        var options = new Mask2FormerTrainer.Options { Hub = Nowhere(folder), Scoring = TrainingRows.Scoring(task), AdjustTraining = recipe => recipe with { Steps = 1, BatchSize = 1 } };
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(options).Fit(data);
        Assert.AreEqual((TrainingStartKind.Published, id), (trained.TrainingPlan!.Start.Kind, trained.TrainingPlan.Start.Name));
        Assert.IsEmpty(log.Warnings, string.Join("\n", log.Warnings));
        Assert.IsTrue(log.Infos.Any(text => text.Contains($"class_predictor.weight [{classes + 1}, ", StringComparison.Ordinal)), string.Join("\n", log.Infos));

        // Sized as it was cropped, not to the 800 pixels of COCO.
        Assert.AreEqual(144, trained.Model.Preprocessing.Size.ShortestEdge);
    }

    [TestMethod]
    public void Resolve_WithValidationData_EvaluatesEightTimesWhateverTheSteps()
    {
        using var folder = new TemporaryFolder();
        IDataView data = TrainingRows.Load(_ml);
        long? Interval(IDataView? validation, Func<SegmentationTrainingOptions, SegmentationTrainingOptions>? adjust = null) =>
            new Mask2FormerTrainer.Options { Hub = Nowhere(folder), StarterFolder = folder.Path, ValidationSet = validation, AdjustTraining = adjust }.Resolve(data).Training.EvaluationSteps;
        Assert.IsNull(Interval(null));
        Assert.IsGreaterThan(1, Interval(data)!.Value);
        Assert.AreEqual(10, Interval(data, recipe => recipe with { Steps = 80 }));
        Assert.AreEqual(3, Interval(data, recipe => recipe with { Steps = 80, EvaluationSteps = 3 }));
    }

    [TestMethod]
    public void Checkpoint_ModelFileOrTransformer_GivesTheWeightsOfItsNetwork()
    {
        using var folder = new TemporaryFolder();
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer first = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data);
        _ml.Model.Save(first, data.Schema, folder["model.zip"]);
        SegmentationTrainingOptions none = TrainingRows.Training with { Steps = 0 };
        using Mask2FormerTransformer ofFile = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options { Checkpoint = folder["model.zip"], Training = none }).Fit(data);
        using Mask2FormerTransformer ofModel = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options { StartModel = first, Training = none }).Fit(data);
        Dictionary<string, torch.Tensor> expected = first.Model.Module.state_dict();
        foreach (Mask2FormerTransformer second in new[] { ofFile, ofModel })
        {
            Assert.IsTrue(second.Model.Module.state_dict().All(item => expected[item.Key].equal(item.Value).all().item<bool>()));
        }

        var levit = new Mask2FormerTrainer.Options { Checkpoint = ConformanceSubjects.CheckpointFolder };
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => _ml.Segmentation.Trainers.Mask2Former(levit).Fit(data)).Message, "holds a LeViT");
    }

    [TestMethod]
    public void Training_WithoutABetterScore_StopsEarly()
    {
        IDataView data = TrainingRows.Load(_ml);
        SegmentationTrainingOptions training = TrainingRows.Training with { Steps = 50, LearningRate = 1e-12, EvaluationSteps = 1, EarlyStoppingPatience = 2 };
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options(training: training)).Fit(data, data);
        Assert.AreEqual((TrainingOutcome.StoppedEarly, 3L), (trained.Training!.Outcome, trained.Training.Steps));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options(training: TrainingRows.Training with { EarlyStoppingPatience = 2 }))).Message, "EvaluationSteps");
    }

    [TestMethod]
    public void Training_WithATime_EndsInItAndIsMeasured()
    {
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers
            .Mask2Former(TrainingRows.Options(training: TrainingRows.Training with { Steps = 1_000_000, TrainTime = 1 })).Fit(data, data);
        Assert.AreEqual(TrainingOutcome.TimeUp, trained.Training!.Outcome);
        Assert.IsTrue(trained.Training.Steps is > 0 and < 1_000_000);
        Assert.IsNotNull(trained.Training.History[^1].Score);
    }

    private static long Parameters(Mask2FormerTrainingPlan plan)
    {
        using var model = new MLNetVision.Models.Mask2Former.Mask2FormerForUniversalSegmentation(plan.Network);
        return model.parameters().Sum(parameter => parameter.numel());
    }

    private static HubOptions Nowhere(TemporaryFolder cache) => new() { CacheFolder = cache.Path, IsOffline = true };
}
