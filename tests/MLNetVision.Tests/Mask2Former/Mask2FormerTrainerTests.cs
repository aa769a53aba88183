using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Mask2Former;

[TestClass]
public sealed class Mask2FormerTrainerTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Fit_WithTheSameSeed_GivesTheSameWeights()
    {
        IDataView data = TrainingRows.Load(_ml);
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options());
        using Mask2FormerTransformer first = trainer.Fit(data);
        using Mask2FormerTransformer second = trainer.Fit(data);
        using Mask2FormerTransformer other = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Config = TrainingRows.Config, Training = TrainingRows.Training, Seed = 6,
        }).Fit(data);
        Assert.IsTrue(SameWeights(first, second));
        Assert.IsFalse(SameWeights(first, other));
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Instance)]
    [DataRow(SegmentationTask.Panoptic)]
    public void TrainedTransformer_SavedAndLoaded_GivesTheSamePredictions(SegmentationTask task)
    {
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options(task)).Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(trained, data.Schema, stream);
        stream.Position = 0;
        ITransformer loaded = new MLContext().Model.Load(stream, out _);
        using var disposable = (IDisposable)loaded;
        Assert.AreEqual(trained.Options with { ThingClasses = null }, ((Mask2FormerTransformer)loaded).Options with { ThingClasses = null });
        CollectionAssert.AreEqual(trained.Options.ThingClasses!.ToArray(), ((Mask2FormerTransformer)loaded).Options.ThingClasses!.ToArray());
        SegmentationPrediction[] expected = Predict(trained, data), actual = Predict(loaded, data);
        Assert.IsTrue(expected.Any(row => row.PredictedMasks.Length > 0), "nothing was found that could be compared");
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i].PredictedLabel, actual[i].PredictedLabel);
            CollectionAssert.AreEqual(expected[i].PredictedMasks, actual[i].PredictedMasks);
            CollectionAssert.AreEqual(expected[i].Score, actual[i].Score);
        }
    }

    [TestMethod]
    public void Fit_WithZeroSteps_GivesTheModelThatTrainingBeginsWith()
    {
        IDataView data = TrainingRows.Load(_ml);
        using var folder = new TemporaryFolder();
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data);
        trained.Model.SavePretrained(folder.Path);
        using Mask2FormerTransformer start = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = folder.Path, Training = TrainingRows.Training with { Steps = 0 }, NumQueries = 6,
        }).Fit(data);
        Assert.IsTrue(SameWeights(trained, start));
        using Mask2FormerTransformer more = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = folder.Path, Training = TrainingRows.Training with { Steps = 0 }, NumQueries = 9,
        }).Fit(data);
        Assert.AreEqual(9, more.Model.Config.NumQueries);
    }

    [TestMethod]
    [DataRow("Image")]
    [DataRow("Label")]
    [DataRow("Masks")]
    [DataRow("ImageSize")]
    public void Column_ThatIsMissingOrWrong_IsRefusedBeforeTrainingAndByFit(string column)
    {
        IDataView data = TrainingRows.Load(_ml);
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options());
        IDataView missing = _ml.Transforms.DropColumns(column).Fit(data).Transform(data);
        IDataView wrong = _ml.Transforms.CopyColumns(column, "ImageId").Fit(data).Transform(data);
        foreach (IDataView broken in new[] { missing, wrong })
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShapes.Of(broken.Schema))).Message, $"'{column}'");
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(broken)).Message, $"'{column}'");
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(data, broken)).Message, $"'{column}'");
        }
    }

    [TestMethod]
    public void OutputSchema_BeforeTraining_IsThatOfTheTransformer()
    {
        IDataView data = TrainingRows.Load(_ml);
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options());
        using Mask2FormerTransformer trained = trainer.Fit(data);
        SchemaShape promised = trainer.GetOutputSchema(SchemaShapes.Of(data.Schema));
        SchemaShape given = SchemaShapes.Of(trained.GetOutputSchema(data.Schema));
        string[] Describe(SchemaShape shape) =>
            [.. shape.Select(column => $"{column.Name} {SchemaShapes.Describe(column)} [{string.Join(", ", column.Annotations.Select(a => a.Name).Order())}]").Order()];
        CollectionAssert.AreEqual(Describe(given), Describe(promised));
    }

    [TestMethod]
    public void LabelsAndThings_OfTheLoader_BecomeThoseOfTheTransformer()
    {
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data);
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["Label"].Annotations.GetValue("KeyValues", ref names);
        bool[] isThing = ThingFlags.Of(data.Schema["Label"])!;
        string[] expected = [.. names.DenseValues().Select(name => name.ToString())];
        CollectionAssert.AreEqual(expected, trained.ClassNames.ToArray());
        CollectionAssert.AreEqual(expected, trained.Model.Config.Labels.ToArray());
        CollectionAssert.AreEqual(expected.Where((_, i) => isThing[i]).ToArray(), trained.Options.ThingClasses!.ToArray());
    }

    [TestMethod]
    public void Cancelled_AfterAStep_ReturnsAModelAndBeforeItThrows()
    {
        IDataView data = TrainingRows.Load(_ml);
        using var cancellation = new CancellationTokenSource();
        var steps = new List<long>();
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Config = TrainingRows.Config, Training = TrainingRows.Training with { Steps = 1000 }, CancellationToken = cancellation.Token,
            ProgressCallback = progress =>
            {
                steps.Add(progress.Step);
                if (progress.Step == 2)
                {
                    cancellation.Cancel();
                }
            },
        });
        using (Mask2FormerTransformer trained = trainer.Fit(data))
        {
            CollectionAssert.AreEqual(new long[] { 1, 2 }, steps);
            Assert.HasCount(4, Predict(trained, data));
        }

        Assert.Throws<OperationCanceledException>(() => trainer.Fit(data));
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic, "mIoU")]
    [DataRow(SegmentationTask.Instance, "AP")]
    [DataRow(SegmentationTask.Panoptic, "PQ")]
    public void Validation_OfEachTask_ReportsItsMetricAndKeepsTheBestModel(SegmentationTask task, string metric)
    {
        using var log = new LogRecorder(_ml);
        var progress = new List<SegmentationTrainingProgress>();
        IDataView data = task == SegmentationTask.Instance ? TrainingRows.LoadInstances(_ml) : TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers
            .Mask2Former(TrainingRows.Options(task, TrainingRows.Training with { EvaluationSteps = 1 }, progress.Add)).Fit(data, data);
        double[] scores = [.. progress.Where(step => step.Score is not null).Select(step => step.Score!.Value)];
        Assert.HasCount(3, scores);
        Assert.IsTrue(scores.All(score => score is >= 0 and <= 1), string.Join(", ", scores));
        Assert.AreEqual(3, log.Infos.Count(text => text.Contains($"Validation {metric} ", StringComparison.Ordinal)), string.Join("\n", log.Infos));
        IDataView scored = trained.Transform(data);
        double measured = task switch
        {
            SegmentationTask.Semantic => _ml.Segmentation.EvaluateSemantic(scored).MeanIoU,
            SegmentationTask.Panoptic => _ml.Segmentation.EvaluatePanoptic(scored).PanopticQuality,
            _ => _ml.Segmentation.EvaluateInstance(scored).AveragePrecision,
        };
        Assert.AreEqual(scores.Max(), measured, 1e-9);
    }

    [TestMethod]
    public void BrokenRowsAndMissingPictures_WhileTraining_AreSkippedCountedAndNamed()
    {
        using var log = new LogRecorder(_ml);
        SegmentedImage[] rows = TrainingRows.Objects(_ml, 6);
        rows[1].Masks[0] = "no run lengths";
        rows[2].ImageSize = [0, -3];
        rows[3].Image = "nowhere.png";
        rows[4].Masks = [.. rows[4].Masks.Skip(1)];
        IDataView data = TrainingRows.WithKeys(_ml, rows);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data, data);
        string broken = log.Warnings.Single(text => text.Contains("3 training row(s) are broken", StringComparison.Ordinal));
        Assert.IsTrue(new[] { "Row 1", "Row 2", "Row 4" }.All(row => broken.Contains(row, StringComparison.Ordinal)), broken);
        Assert.IsTrue(log.Warnings.Any(text => text.Contains("3 validation row(s) are broken", StringComparison.Ordinal)));
        foreach (string role in new[] { "training", "validation" })
        {
            StringAssert.Contains(log.Warnings.Single(text => text.Contains($"1 {role} picture(s) could not be read", StringComparison.Ordinal)), "nowhere.png");
        }

        Assert.AreEqual((3, 1, 3), (trained.Training!.Data.RowsLeftOut, trained.Training.Data.Skipped, trained.Training.Data.Pictures));
        Assert.AreEqual((3, 1, 3), (trained.Training.Validation!.RowsLeftOut, trained.Training.Validation.Skipped, trained.Training.Validation.Pictures));
        Assert.IsNull(trained.Options.ThingClasses);
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Panoptic)]
    public void Validation_OfOtherClasses_IsMatchedByNameAndCountsUnknownOnesAsMissed(SegmentationTask task)
    {
        SegmentedImage[] rows = TrainingRows.Objects(_ml);
        IDataView data = TrainingRows.WithKeys(_ml, rows), reversed = TrainingRows.WithKeys(_ml, rows.Reverse());
        Assert.AreNotEqual(Keys(data), Keys(reversed), "the order is the same, so that nothing is tested");
        double same = BestScore(task, data, data).Score;
        Assert.AreEqual(same, BestScore(task, data, reversed).Score, 1e-9);

        // Views read their objects when they are asked.
        SegmentedImage[] others = TrainingRows.Objects(_ml);
        string kept = rows.SelectMany(row => row.Label).GroupBy(label => label).OrderBy(group => group.Count()).First().Key;
        int count = rows.SelectMany(row => row.Label).Count(label => label != kept);
        Array.ForEach(others, row => row.Label = [.. row.Label.Select(label => label == kept ? label : "unheard of")]);
        (double score, string warnings) = BestScore(task, data, TrainingRows.WithKeys(_ml, others));
        Assert.IsTrue(score < same || (same == 0 && score == 0), $"{score} and {same}");
        Assert.IsTrue(task != SegmentationTask.Semantic || same > 0, "nothing was found that could be missed");
        Assert.Contains($"{count} validation segment(s) are of classes that the training data do not have, and count as missed: 'unheard of' ({count})", warnings);

        Array.ForEach(others, row => row.Label = [.. row.Label.Select(_ => "unheard of")]);
        Assert.Contains("matched by their names", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => BestScore(task, data, TrainingRows.WithKeys(_ml, others))).Message);

        static string Keys(IDataView view)
        {
            VBuffer<ReadOnlyMemory<char>> names = default;
            view.Schema["Label"].Annotations.GetValue("KeyValues", ref names);
            return string.Join(',', names.DenseValues());
        }
    }

    private (double Score, string Warnings) BestScore(SegmentationTask task, IDataView training, IDataView validation)
    {
        using var log = new LogRecorder(_ml);
        var scores = new List<double>();
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers
            .Mask2Former(TrainingRows.Options(task, TrainingRows.Training with { EvaluationSteps = 1 }, progress => { if (progress.Score is { } score) { scores.Add(score); } }))
            .Fit(training, validation);
        return (scores.Max(), string.Join('\n', log.Warnings));
    }

    [TestMethod]
    public void Data_WithoutOneSegment_AreRefusedWithTheCounts()
    {
        SegmentedImage[] rows = TrainingRows.Objects(_ml, 2);
        IDataView known = TrainingRows.WithKeys(_ml, TrainingRows.Objects(_ml, 2));
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(rows));
        Array.ForEach(rows, row => (row.Label, row.Masks, row.IsCrowd, row.BoundingBoxes, row.Area) = ([], [], [], [], []));
        IDataView empty = keys.Transform(_ml.Data.LoadFromEnumerable(rows));
        Assert.Contains("2 picture(s) and not one segment", Assert.ThrowsExactly<InvalidOperationException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(empty)).Message);
        Assert.Contains("The validation data have 2 picture(s)", Assert.ThrowsExactly<InvalidOperationException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(known, empty)).Message);
    }

    [TestMethod]
    public void Data_WithoutUsableRow_AreRefused()
    {
        SegmentedImage[] rows = TrainingRows.Objects(_ml, 2);
        IDataView data = TrainingRows.WithKeys(_ml, rows);
        Array.ForEach(rows, row => row.Image = string.Empty);
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data));
        StringAssert.Contains(error.Message, "no usable row");
        StringAssert.Contains(error.Message, "Row 0");
    }

    [TestMethod]
    public void Fit_FromACheckpointOfOtherClasses_KeepsItsBodyAndSaysWhatStartsAnew()
    {
        using var log = new LogRecorder(_ml);
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            Checkpoint = ConformanceSubjects.SegmenterFolder, Training = TrainingRows.Training with { FreezeBackbone = true, Steps = 1 },
        }).Fit(data);
        using Mask2FormerTransformer source = _ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder).Fit(data);
        Dictionary<string, torch.Tensor> expected = source.Model.Module.state_dict(), actual = trained.Model.Module.state_dict();
        string[] backbone = [.. actual.Keys.Where(key => key.StartsWith("model.pixel_level_module.encoder.", StringComparison.Ordinal))];
        Assert.IsNotEmpty(backbone);
        Assert.IsTrue(backbone.All(key => expected[key].equal(actual[key]).all().item<bool>()));
        Assert.AreEqual(trained.ClassNames.Count + 1, actual["class_predictor.weight"].shape[0]);
        Assert.IsTrue(log.Infos.Any(text => text.Contains("class_predictor", StringComparison.Ordinal)), string.Join("\n", log.Infos));
        Assert.IsEmpty(log.Warnings);
    }

    [TestMethod]
    public void InstanceTask_WithoutThings_IsRefused()
    {
        Mask2FormerTrainer.Options options = new() { Config = TrainingRows.Config, Training = TrainingRows.Training, Scoring = new() { Task = SegmentationTask.Instance, ThingClasses = [] } };
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => _ml.Segmentation.Trainers.Mask2Former(options).Fit(TrainingRows.Load(_ml))).Message, "IsThing");
    }

    [TestMethod]
    public void AreaColumnOfAnotherType_WhileTraining_DoesNotMatter()
    {
        IDataView data = _ml.Transforms.CopyColumns("Area", "ImageId").Fit(TrainingRows.Load(_ml)).Transform(TrainingRows.Load(_ml));
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options(training: TrainingRows.Training with { Steps = 1 })).Fit(data);
        Assert.HasCount(4, Predict(trained, data));
    }

    [TestMethod]
    public void CrowdColumnOfAnotherType_IsRefusedBeforeTrainingAndByFit()
    {
        IDataView data = _ml.Transforms.CopyColumns("IsCrowd", "ImageId").Fit(TrainingRows.Load(_ml)).Transform(TrainingRows.Load(_ml));
        Mask2FormerTrainer trainer = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(SchemaShapes.Of(data.Schema))).Message, "'IsCrowd'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(data)).Message, "'IsCrowd'");
    }

    [TestMethod]
    public void Options_ThatContradict_AreNamed()
    {
        SegmentationTrainers trainers = _ml.Segmentation.Trainers;
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => trainers.Mask2Former(new Mask2FormerTrainer.Options { Checkpoint = "somewhere", Config = TrainingRows.Config })).Message,
            "Checkpoint and Config");
        Assert.ThrowsExactly<ArgumentNullException>(() => trainers.Mask2Former((Mask2FormerTrainer.Options)null!));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.Mask2Former(steps: -1)).Message, "Steps");
        IDataView data = TrainingRows.Load(_ml);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => trainers.Mask2Former(TrainingRows.Options(training: TrainingRows.Training with { EvaluationSteps = 1 })).Fit(data)).Message,
            "EvaluationSteps");
        Assert.IsFalse(trainers.Mask2Former(checkpoint: "somewhere", steps: 1).Info.NeedNormalization);
    }

    private static bool SameWeights(Mask2FormerTransformer first, Mask2FormerTransformer second)
    {
        Dictionary<string, torch.Tensor> expected = first.Model.Module.state_dict();
        return second.Model.Module.state_dict().All(item => expected[item.Key].equal(item.Value).all().item<bool>());
    }

    private SegmentationPrediction[] Predict(ITransformer transformer, IDataView data) =>
        [.. _ml.Data.CreateEnumerable<SegmentationPrediction>(transformer.Transform(data), reuseRowObject: false)];
}
