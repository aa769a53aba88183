using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Persistence;

[TestClass]
public sealed class ModelsWithoutLabelTests
{
    [TestMethod]
    public void WithoutLabel_OfALoadedPipeline_PredictsFromAPictureAlone()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 9).Select(ConformanceData.PathRow));
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Name")
            .Append(ml.MulticlassClassification.Trainers.Levit(ConformanceSubjects.Options("Name")))
            .Append(ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel"));
        ITransformer trained = pipeline.Fit(data);
        ml.Model.Save(trained, data.Schema, folder["model.zip"]);
        string[] expected = [.. trained.Transform(data).GetColumn<string>("Answer")];
        ITransformer loaded = ml.Model.Load(folder["model.zip"], out DataViewSchema schema);
        Assert.Throws<ArgumentOutOfRangeException>(() => ml.Model.CreatePredictionEngine<Picture, Answered>(loaded));
        using PredictionEngine<Picture, Answered> engine = ml.Model.CreatePredictionEngine<Picture, Answered>(ml.Model.WithoutLabel(loaded, schema, "Name"));
        string[] actual = [.. Enumerable.Range(0, 9).Select(i => engine.Predict(new Picture { Image = ConformanceData.PathRow(i).Image }).Answer)];
        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void WithoutLabel_WhereEachStepNeedsIt_IsRefused()
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(ConformanceData.PathRow));
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Name").Fit(data);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ml.Model.WithoutLabel(model, data.Schema, "Name")).Message, "'Name'");
    }

    private sealed class Picture
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class Answered
    {
        public string Answer { get; set; } = string.Empty;
    }
}
