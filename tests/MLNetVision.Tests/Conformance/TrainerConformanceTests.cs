using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rules 15 and 17 to 23: trainers.</summary>
[TestClass]
public sealed class TrainerConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Trainers => ConformanceSubjects.Trainers;

    [TestMethod, DynamicData(nameof(Trainers))]
    public void CrossValidate_OfTrainer_KeepsEveryModelWorking(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        IReadOnlyList<TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics>> folds =
            Ml.MulticlassClassification.CrossValidate(data, subject.Create(Ml), numberOfFolds: 2, labelColumnName: subject.LabelColumn!, seed: 1);
        foreach (TrainCatalogBase.CrossValidationResult<MulticlassClassificationMetrics> fold in folds)
        {
            Assert.IsTrue(fold.Metrics.MicroAccuracy >= 0);
            Assert.AreEqual(ConformanceData.Rows, ViewReader.ReadAll(fold.Model.Transform(data), subject.ScoreColumn!).Count);
            (fold.Model as IDisposable)?.Dispose();
        }
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void Fit_Twice_GivesTheSameWeightsAndTouchesNoRandomState(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        IEstimator<ITransformer> trainer = subject.Create(Ml);
        ITransformer first = trainer.Fit(data);
        ITransformer second = trainer.Fit(data);
        ViewReader.AssertEqual(
            ViewReader.ReadAll(first.Transform(data), subject.OutputColumns), ViewReader.ReadAll(second.Transform(data), subject.OutputColumns), name);
        AssertSameWeights(((LevitTransformer)first).Model, ((LevitTransformer)second).Model);
        ((IDisposable)first).Dispose();
        ((IDisposable)second).Dispose();
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void RowsWithoutLabel_WhileTraining_AreSkippedWithOneWarning(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 9).Select(ConformanceData.PathRow)];
        IDataView complete = ConformanceData.AddKeys(ml, ml.Data.LoadFromEnumerable(rows));
        rows[2].SmallKey = byte.MaxValue;
        rows[2].Name = "unknown";
        rows[2].Number = -1;
        rows[6].SmallKey = byte.MaxValue;
        rows[6].Name = "unknown";
        rows[6].Number = -1;

        // Keys that were found in other data: a value that is new has the missing key.
        IDataView template = ConformanceData.Create(ml, PictureForm.Paths);
        ITransformer keys = ml.Transforms.Conversion.MapValueToKey("Label", "Name").Append(ml.Transforms.Conversion.MapValueToKey("NumberKey", "Number")).Fit(template);
        using var transformer = (IDisposable)subject.Create(ml).Fit(keys.Transform(ml.Data.LoadFromEnumerable(rows)));
        Assert.IsNotNull(complete);
        string warning = log.Warnings.Single(text => text.Contains("no label", StringComparison.Ordinal));
        StringAssert.Contains(warning, "2 training row(s)");
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void UnreadablePictures_WhileTraining_AreSkippedCountedAndNamed(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bad.png"], "no picture");
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 9).Select(ConformanceData.PathRow)];
        rows[4].Image = folder["bad.png"];
        using var transformer = (IDisposable)subject.Create(ml).Fit(ConformanceData.AddKeys(ml, ml.Data.LoadFromEnumerable(rows)));
        string warning = log.Warnings.Single(text => text.Contains("could not be read", StringComparison.Ordinal));
        StringAssert.Contains(warning, "1 training picture(s)");
        StringAssert.Contains(warning, "bad.png");
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void Data_WithoutUsableRow_AreRefused(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 3).Select(ConformanceData.PathRow)];
        Array.ForEach(rows, row => row.Image = string.Empty);
        IDataView data = ConformanceData.AddKeys(Ml, Ml.Data.LoadFromEnumerable(rows));
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => subject.Create(Ml).Fit(data));
        StringAssert.Contains(error.Message, "no usable row");
    }

    [TestMethod]
    public void LevitTrainer_Info_AsksForNoNormalisationAndNoCache()
    {
        LevitTrainer trainer = Ml.MulticlassClassification.Trainers.Levit();
        Assert.IsFalse(trainer.Info.NeedNormalization);
        Assert.IsFalse(trainer.Info.WantCaching);
    }

    [TestMethod]
    public void LevitTrainer_WithValidation_ReportsEpochsToLogAndCallback()
    {
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        var epochs = new List<EpochSummary>();
        var options = ConformanceSubjects.Options("Label");
        LevitTrainer trainer = ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
        {
            Config = options.Config, Training = options.Training, Seed = options.Seed,
            ProgressCallback = progress =>
            {
                if (progress.Summary is { } summary)
                {
                    epochs.Add(summary);
                }
            },
        });
        IDataView data = ConformanceData.Create(ml, PictureForm.Paths);
        using LevitTransformer transformer = trainer.Fit(data, ml.Data.TakeRows(data, 6));
        Assert.AreEqual(2, epochs.Count);
        Assert.IsTrue(epochs.All(epoch => epoch.ValidationAccuracy is >= 0 and <= 1));
        Assert.AreEqual(2, log.Infos.Count(text => text.Contains("Epoch ", StringComparison.Ordinal) && text.Contains("validation accuracy", StringComparison.Ordinal)), string.Join("\n", log.Infos));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void LevitTrainer_Cancelled_ReturnsTheBestModelSoFar(bool byToken)
    {
        var ml = new MLContext();
        using var cancellation = new CancellationTokenSource();
        LevitTrainer.Options options = ConformanceSubjects.Options("Label");
        LevitTrainer Trainer(Action<LevitTrainingProgress> callback) => ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
        {
            Config = options.Config, Training = options.Training! with { Epochs = 1000 }, CancellationToken = cancellation.Token, ProgressCallback = callback,
        });
        void Cancel()
        {
            if (byToken)
            {
                cancellation.Cancel();
            }
            else
            {
                typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(ml, null);
            }
        }

        IDataView data = ConformanceData.Create(ml, PictureForm.Paths);
        using (LevitTransformer transformer = Trainer(progress =>
        {
            if (progress is { Epoch: 2, Summary: not null })
            {
                Cancel();
            }
        }).Fit(data))
        {
            Assert.AreEqual(3, transformer.ClassNames.Count);
        }

        if (byToken)
        {
            Assert.Throws<OperationCanceledException>(() => Trainer(_ => { }).Fit(data));
        }
    }

    [TestMethod]
    public void LevitTrainer_WithContradictoryOptions_NamesThem()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(
            () => Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Preset = "levit-128S", Checkpoint = "somewhere" }));
        StringAssert.Contains(error.Message, "Checkpoint and Preset");
        Assert.ThrowsExactly<ArgumentException>(() => Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { DistillationHead = true }));
        Assert.ThrowsExactly<ArgumentNullException>(() => Ml.MulticlassClassification.Trainers.Levit((LevitTrainer.Options)null!));
        Assert.Throws<ArgumentException>(() => Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { OutputColumns = new LevitOutputColumns { Score = "A", PredictedLabel = "A" } }));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LevitTrainer_WithTeacher_LearnsWithTwoHeads(bool anyTransformer)
    {
        IDataView data = ConformanceData.Create(Ml, PictureForm.Pixels);
        LevitTrainer.Options options = ConformanceSubjects.Options("Label");
        using LevitTransformer teacher = Ml.MulticlassClassification.Trainers.Levit(options).Fit(data);
        using var folder = new TemporaryFolder();
        teacher.Model.SavePretrained(folder.Path);
        using LevitTransformer student = Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
        {
            Config = options.Config, Training = options.Training, Seed = 1,
            Teacher = anyTransformer ? teacher : null,
            TeacherCheckpoint = anyTransformer ? null : folder.Path,
        }).Fit(data);
        Assert.IsTrue(student.Model.HasDistillationHead);
    }

    [TestMethod]
    public void LevitTrainer_FromCheckpoint_KeepsItsWeightsUnderNewHeads()
    {
        IDataView data = ConformanceData.Create(Ml, PictureForm.Paths);
        LevitTrainer.Options options = ConformanceSubjects.Options("Label");
        using LevitTransformer transformer = Ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
        {
            Checkpoint = ConformanceSubjects.CheckpointFolder, ImageSize = 96, Training = options.Training! with { FrozenStages = 3, Epochs = 1 },
        }).Fit(data);
        using LevitTransformer source = Ml.Transforms.ApplyLevit(ConformanceSubjects.CheckpointFolder).Fit(data);
        const string Key = "levit.encoder.stages.0.layers.0.module.queries_keys_values.linear.weight";
        Assert.AreEqual(96, transformer.Model.Config.ImageSize);
        CollectionAssert.AreEqual(new[] { "cat", "dog", "owl" }, transformer.ClassNames.ToArray());
        Assert.IsTrue(source.Model.Module.state_dict()[Key].equal(transformer.Model.Module.state_dict()[Key]).all().item<bool>());
    }

    private static void AssertSameWeights(LevitModelParameters first, LevitModelParameters second)
    {
        Dictionary<string, torch.Tensor> expected = first.Module.state_dict();
        foreach ((string key, torch.Tensor tensor) in second.Module.state_dict())
        {
            Assert.IsTrue(expected[key].equal(tensor).all().item<bool>(), key);
        }
    }
}
