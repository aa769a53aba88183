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
        string warning = log.Warnings.Single(text => text.Contains("validation row(s)", StringComparison.Ordinal));
        StringAssert.Contains(warning, "1 validation row(s)");
        StringAssert.Contains(warning, "wolf");
        Array.ForEach(rows, row => row.Name = "wolf");
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Trainer().Fit(Data, _ml.Transforms.CopyColumns("Label", "Name").Fit(data).Transform(data))).Message;
        StringAssert.Contains(message, "The validation data have no usable row");
        StringAssert.Contains(message, "wolf");
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
        IDataView none = _ml.Data.SkipRows(data, 6);
        string message = Assert.ThrowsExactly<InvalidOperationException>(() => Trainer().Fit(none)).Message;
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

    private LevitTrainer Trainer(List<double?>? accuracies = null) => _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options
    {
        Config = ConformanceSubjects.SmallConfig, Training = ConformanceSubjects.Options("Label").Training, Seed = 3,
        ProgressCallback = progress =>
        {
            if (progress.Summary is { } summary)
            {
                accuracies?.Add(summary.ValidationLoss);
            }
        },
    });
}
