using Microsoft.ML;
using MLNetVision.Internals;
using MLNetVision.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Levit;

/// <summary>Labels that are not what the trainer needs, and validation data whose labels are not those of the training.</summary>
[TestClass]
public sealed class LevitLabelTests
{
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Data => ConformanceData.Create(_ml, PictureForm.Paths);

    private IDataView Raw => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(ConformanceData.PathRow));

    [TestMethod]
    public void ValidationKeys_OfOtherClasses_AreRefusedByName()
    {
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 9).Select(ConformanceData.PathRow)];
        Array.ForEach(rows, row => row.Name = row.Name.ToUpperInvariant());
        string message = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer().Fit(Data, WithKeys(rows))).Message;
        StringAssert.Contains(message, "validation set");
        StringAssert.Contains(message, "cat, dog, owl");
        StringAssert.Contains(message, "CAT, DOG, OWL");
    }

    [TestMethod]
    public void ValidationKeys_InAnotherOrder_AreMatchedByName()
    {
        var keys = new List<double?>();
        var reversed = new List<double?>();
        IDataView other = _ml.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(_ml.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Reverse().Select(ConformanceData.PathRow))).Transform(Raw);
        using LevitTransformer ofKeys = Trainer(keys).Fit(Data, _ml.Data.TakeRows(Data, 9));
        using LevitTransformer ofReversed = Trainer(reversed).Fit(Data, other);
        Assert.HasCount(2, keys);
        CollectionAssert.AreEqual(keys, reversed);
    }

    [TestMethod]
    public void ValidationLabels_AsText_AreMappedByTheTrainer()
    {
        var keys = new List<double?>();
        var texts = new List<double?>();
        IDataView text = _ml.Transforms.CopyColumns("Label", "Name").Fit(Data).Transform(Data);
        using LevitTransformer ofKeys = Trainer(keys).Fit(Data, Data);
        using LevitTransformer ofText = Trainer(texts).Fit(Data, text);
        Assert.HasCount(2, keys);
        CollectionAssert.AreEqual(keys, texts);
    }

    [TestMethod]
    public void ValidationLabels_ThatAreNoClass_AreNamed()
    {
        using var log = new LogRecorder(_ml);
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 9).Select(ConformanceData.PathRow)];
        rows[3].Name = "wolf";
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        using LevitTransformer trained = Trainer().Fit(Data, _ml.Transforms.CopyColumns("Label", "Name").Fit(data).Transform(data));
        string warning = log.Warnings.Single(text => text.Contains("validation picture(s)", StringComparison.Ordinal));
        StringAssert.Contains(warning, "1 validation picture(s)");
        StringAssert.Contains(warning, "count as wrong: 'wolf' (1)");
        Array.ForEach(rows, row => row.Name = "wolf");
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Trainer().Fit(Data, _ml.Transforms.CopyColumns("Label", "Name").Fit(data).Transform(data))).Message;
        StringAssert.Contains(message, "The validation data have no usable row");
        StringAssert.Contains(message, "wolf");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ValidationLabels_ThatAreNoClass_CountAsWrong(bool asKeys)
    {
        // The labels stand in the column itself: as text, or as keys that a mapping of the training data made of it.
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 9).Select(ConformanceData.PathRow)];
        IDataView known = Labelled([.. rows.Where((_, i) => i is not (3 or 5))]), all = Labelled(rows);
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(all);
        IDataView training = keys.Transform(all);
        (rows[3].Name, rows[5].Name) = ("wolf", "wolf");
        var without = new List<EpochSummary>();
        var with = new List<EpochSummary>();
        using LevitTransformer first = Trainer(summaries: without).Fit(training, Prepared(known));
        using LevitTransformer second = Trainer(summaries: with).Fit(training, Prepared(Labelled(rows)));
        Assert.IsTrue(without.Any(epoch => epoch.ValidationAccuracy > 0), "nothing was right that could count less");
        for (int i = 0; i < with.Count; i++)
        {
            Assert.AreEqual(without[i].ValidationAccuracy!.Value * 7 / 9, with[i].ValidationAccuracy!.Value, 1e-9);
            Assert.AreEqual(without[i].ValidationLoss!.Value, with[i].ValidationLoss!.Value, 1e-6, "a class that is not there has no cross-entropy");
        }

        IDataView Prepared(IDataView data) => asKeys ? keys.Transform(data) : data;
        IDataView Labelled(ConformanceData.PathInput[] some)
        {
            IDataView data = _ml.Data.LoadFromEnumerable(some.Select(row => new Named { Image = row.Image, Label = row.Name }).ToArray());
            return data;
        }
    }

    [TestMethod]
    public void Training_OfLoadedPictures_KeepsAndSaysWhatTheLoaderLeftOut()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 6; i++)
        {
            File.Copy(ConformanceData.PathOf(i), folder[$"{(i % 2 == 0 ? "even" : "odd")}/{i}.png"]);
        }

        File.WriteAllText(folder["odd/text.png"], "no picture");
        IDataView loaded = _ml.Data.LoadFromImageFolder(folder.Path);
        IDataView data = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(loaded).Transform(loaded);
        using LevitTransformer trained = Trainer().Fit(data);
        StringAssert.Contains(trained.Training!.Data.Loader, "6 of 7 record(s) were used");
        StringAssert.Contains(trained.Training.Data.Loader, "text.png");
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Trainer().Fit(_ml.Data.SkipRows(data, 6))).Message;
        StringAssert.Contains(message, "6 of 7 record(s) were used");
    }

    [TestMethod]
    public void TrainingLabels_AsText_AreRefusedWithTheLineThatMapsThem()
    {
        IDataView text = _ml.Transforms.CopyColumns("Label", "Name").Fit(Raw).Transform(Raw);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer().Fit(text)).Message, "mlContext.Transforms.Conversion.MapValueToKey(\"Label\")");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer().GetOutputSchema(SchemaShapes.Of(text.Schema))).Message, "MapValueToKey(\"Label\")");
    }

    [TestMethod]
    public void TrainingLabels_OfOneClass_AreRefusedAsThat()
    {
        IDataView one = _ml.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(_ml.Data.TakeRows(Raw, 1)).Transform(Raw);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainer().Fit(one)).Message, "your data has one class, 'cat'");
    }

    private IDataView WithKeys(IEnumerable<ConformanceData.PathInput> rows)
    {
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(data).Transform(data);
    }

    private LevitTrainer Trainer(List<double?>? accuracies = null, List<EpochSummary>? summaries = null) => _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
    {
        Config = ConformanceSubjects.SmallConfig, Training = ConformanceSubjects.Options("Label").Training, Seed = 3,
        ProgressCallback = progress =>
        {
            if (progress.Summary is { } summary)
            {
                accuracies?.Add(summary.ValidationLoss);
                summaries?.Add(summary);
            }
        },
    });

    private sealed class Named
    {
        public string Image { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
