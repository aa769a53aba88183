using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Multiclass;
using MLNetVision.Tests.Models.Training.Classification;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Multiclass;

[TestClass]
public sealed partial class ClassificationReportTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void SaveReport_ScoredRows_IsOneFileWithTheSurelyWrongFirst()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        string file = Path.Combine(folder.Path, "made", "for it", "report.html");
        ClassificationMetrics metrics = _ml.MulticlassClassification.SaveReport(data, file, new ClassificationReportOptions
        {
            WorstPictures = 4, Training = TinyTraining.Train(TinyTraining.Plain with { Epochs = 1 }).Result.Record,
        });
        Assert.AreEqual((6, 1, 3 / 6.0), (metrics.PictureCount, metrics.UnreadableCount, metrics.Accuracy));
        string html = File.ReadAllText(file);
        CollectionAssert.AreEqual(
            new[] { "said dog (0.950), is &lt;cat&gt; (0.020)", "said owl (0.600), is dog (0.300)", "&lt;cat&gt;, told right with 0.500", "owl, told right with 0.700" },
            Caption().Matches(html).Select(match => match.Groups[1].Value).ToArray());
        Assert.AreEqual(4, Occurrences(html, "src=\"data:image/jpeg;base64,"));
        Assert.AreEqual(6, Occurrences(html, "<svg "));
        Assert.Contains("1 pictures have no prediction", html);
        Assert.Contains("Learning rate", html);
        Assert.AreEqual(0, Occurrences(html, "http"));
        StringAssert.EndsWith(html.TrimEnd(), "</html>");
    }

    [TestMethod]
    public void SaveReport_InAnotherLanguage_IsTheSameFile()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        _ml.MulticlassClassification.SaveReport(data, folder["a.html"]);
        using (new CommaCulture())
        {
            _ml.MulticlassClassification.SaveReport(data, folder["b.html"]);
        }

        Assert.AreEqual(File.ReadAllText(folder["a.html"]), File.ReadAllText(folder["b.html"]));
    }

    [TestMethod]
    public void SaveEvaluation_ScoredRows_WritesTheFilesOfAnEvaluation()
    {
        using var folder = new TemporaryFolder();
        IDataView data = Data(folder);
        string output = folder["made/for it"];
        ClassificationMetrics metrics = _ml.MulticlassClassification.SaveEvaluation(data, output, new ClassificationReportOptions { WorstPictures = 3 });
        CollectionAssert.AreEqual(
            new[]
            {
                "F1_curve.svg", "PR_curve.svg", "confusion_matrix.csv", "confusion_matrix.svg", "confusion_matrix_normalized.svg", "metrics.json", "per_class.csv", "report.html",
                "thresholds.csv", "val_batch0_labels.jpg", "val_batch0_pred.jpg", "worst.csv",
            },
            Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        Assert.AreEqual(metrics.ToCsv(), File.ReadAllText(Path.Combine(output, "per_class.csv")));
        Assert.AreEqual(metrics.ConfusionMatrix.ToCsv(), File.ReadAllText(Path.Combine(output, "confusion_matrix.csv")));
        Assert.AreEqual(metrics.Thresholds.ToCsv(), File.ReadAllText(Path.Combine(output, "thresholds.csv")));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "metrics.json")));
        Assert.AreEqual(metrics.Accuracy, json.RootElement.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(metrics.Thresholds.RecommendedThreshold, json.RootElement.GetProperty("recommendedThreshold").GetDouble());
        CollectionAssert.AreEqual(
            new[]
            {
                "rank,picture,truth,predicted,confidence,truth probability,right", $"1,{folder["5.png"]},owl,,,,no", $"2,{folder["3.png"]},<cat>,dog,0.95,0.02,no",
                $"3,{folder["1.png"]},dog,owl,0.6,0.3,no", $"4,{folder["0.png"]},<cat>,<cat>,0.5,0.5,yes", "",
            },
            File.ReadAllText(Path.Combine(output, "worst.csv")).Split('\n'));
        foreach (string mosaic in new[] { "val_batch0_labels.jpg", "val_batch0_pred.jpg" })
        {
            Assert.AreEqual((3 * 168 + 8, 2 * 188 + 8), ImageDecoder.ReadSize(Path.Combine(output, mosaic)), "six pictures, three side by side");
        }

        Assert.IsFalse(File.ReadAllBytes(Path.Combine(output, "val_batch0_labels.jpg")).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(output, "val_batch0_pred.jpg"))));
    }

    [TestMethod]
    public void SaveEvaluation_FolderThatCannotBeMade_Throws()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["taken"], "a file");
        Assert.Throws<IOException>(() => _ml.MulticlassClassification.SaveEvaluation(Data(folder), folder["taken/inside"]));
    }

    [TestMethod]
    [DataRow("Label")]
    [DataRow("Name")]
    public void SaveDataSummary_TwoSets_CountsAndDrawsTheFirst(string column)
    {
        using var folder = new TemporaryFolder();
        IDataView all = Data(folder), few = _ml.Data.TakeRows(all, 2);
        LabelCounts counts = _ml.MulticlassClassification.SaveDataSummary([("train", all), ("val", few)], folder["out"], column);
        string[] names = column == "Label" ? ["<cat>", "dog", "owl"] : ["<cat>", "dog", "nobody", "owl"];
        CollectionAssert.AreEqual(names, counts.ClassNames.ToArray());
        Assert.AreEqual((7L, 2L), (counts.Sets[0].RowCount, counts.Sets[1].RowCount));
        CollectionAssert.AreEqual(names.Select(name => name == "nobody" ? 1L : 2L).ToArray(), counts.Sets[0].Counts.ToArray());
        CollectionAssert.AreEqual(names.Select(name => name is "<cat>" or "dog" ? 1L : 0L).ToArray(), counts.Sets[1].Counts.ToArray());
        Assert.AreEqual("class,train,val\n<cat>,2,1\n", File.ReadAllText(folder["out/labels.csv"])[.."class,train,val\n<cat>,2,1\n".Length]);
        StringAssert.Contains(File.ReadAllText(folder["out/labels.svg"]), "&lt;cat&gt;");
        Assert.AreEqual((3 * 168 + 8, column == "Label" ? 2 * 188 + 8 : 3 * 188 + 8), ImageDecoder.ReadSize(folder["out/train_batch0.jpg"]));
        Assert.HasCount(3, Directory.GetFiles(folder["out"]));
    }

    [TestMethod]
    public void EvaluateClasses_RowsWithoutLabel_AreLeftOutWithAWarning()
    {
        using var folder = new TemporaryFolder();
        using var log = new LogRecorder(_ml);
        Assert.AreEqual(6, _ml.MulticlassClassification.EvaluateClasses(Data(folder)).PictureCount);
        Assert.Contains("1 row(s) have no label", log.Warnings.Single());
        IDataView without = WithKeys([new Row { Name = "nobody", Score = [0.2f, 0.3f, 0.5f] }]);
        Assert.Contains("no row with a label", Assert.ThrowsExactly<InvalidOperationException>(() => _ml.MulticlassClassification.EvaluateClasses(without)).Message);
    }

    [TestMethod]
    public void EvaluateClasses_ClassesThatTheModelDoesNotKnow_CountAsWrongAndAreNamed()
    {
        using var log = new LogRecorder(_ml);
        Scored[] rows =
        [
            new() { Label = "cat", Score = [0.7f, 0.3f] }, new() { Label = "dog", Score = [0.1f, 0.9f] },
            new() { Label = "fox", Score = [0.9f, 0.1f] }, new() { Label = "fox", Score = [0.2f, 0.8f] }, new() { Label = "", Score = [1, 0] },
        ];
        ITransformer keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(rows.Take(2)));
        ClassificationMetrics metrics = _ml.MulticlassClassification.EvaluateClasses(keys.Transform(_ml.Data.LoadFromEnumerable(rows)));
        Assert.AreEqual((4, 0.5), (metrics.PictureCount, metrics.Accuracy));
        Assert.AreEqual(2 / 3.0, metrics.MacroAccuracy, 1e-12);
        CollectionAssert.AreEqual(new[] { "cat", "dog", "fox" }, metrics.ConfusionMatrix.ClassNames.ToArray());
        Assert.Contains("2 row(s) are of classes that the model does not know, and count as wrong: 'fox' (2)", string.Join('\n', log.Warnings));
        Assert.Contains("1 row(s) have no label", string.Join('\n', log.Warnings));
        IDataView others = keys.Transform(_ml.Data.LoadFromEnumerable(rows[2..4]));
        Assert.Contains("of a class that the model knows: 'fox' (2)", Assert.ThrowsExactly<InvalidOperationException>(() => _ml.MulticlassClassification.EvaluateClasses(others)).Message);
    }

    private sealed class Scored
    {
        public string Label { get; set; } = "";

        [VectorType(2)]
        public float[] Score { get; set; } = new float[2];
    }

    [TestMethod]
    public void EvaluateClasses_NoPictureCouldBeRead_Throws() =>
        Assert.Contains("Not one of the 2 row(s)", Assert.ThrowsExactly<InvalidOperationException>(() => _ml.MulticlassClassification.EvaluateClasses(
            WithKeys([.. Enumerable.Range(0, 2).Select(_ => new Row { Name = "dog", Score = [float.NaN, float.NaN, float.NaN] })]))).Message);

    [TestMethod]
    public void EvaluateClasses_WrongColumns_SayWhatIsExpected()
    {
        IDataView data = _ml.Data.LoadFromEnumerable([new Row { Label = 1, Score = [2, 3, 4] }]);
        Assert.Contains("'Scores'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.EvaluateClasses(data, scoreColumnName: "Scores")).Message);
        Assert.Contains("a key of 3 classes", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.EvaluateClasses(data, "Image")).Message);
        Assert.Contains("Row 0", Assert.ThrowsExactly<InvalidDataException>(() => _ml.MulticlassClassification.EvaluateClasses(data)).Message);

        IDataView named = _ml.Transforms.Conversion.MapValueToKey("Other", "Image").Fit(_ml.Data.LoadFromEnumerable("xyz".Select(name => new Row { Image = $"{name}" })))
            .Transform(_ml.Data.LoadFromEnumerable([new Row { Image = "x", Score = [1, 0, 0] }]));
        Assert.AreEqual("y", _ml.MulticlassClassification.EvaluateClasses(named, "Other").ConfusionMatrix.ClassNames[1]);
    }

    private IDataView Data(TemporaryFolder folder)
    {
        Row[] rows =
        [
            new() { Name = "<cat>", Score = [0.5f, 0.3f, 0.2f] },
            new() { Name = "dog", Score = [0.1f, 0.3f, 0.6f] },
            new() { Name = "owl", Score = [0.2f, 0.1f, 0.7f] },
            new() { Name = "<cat>", Score = [0.02f, 0.95f, 0.03f] },
            new() { Name = "dog", Score = [0, 1, 0] },
            new() { Name = "owl", Score = [float.NaN, float.NaN, float.NaN] },
            new() { Name = "nobody", Score = [0, 1, 0] },
        ];
        foreach ((int i, Row row) in rows.Index())
        {
            row.Image = folder[$"{i}.png"];
            using var bitmap = new SKBitmap(300, 200);
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(row.Image, data.ToArray());
        }

        return WithKeys(rows);
    }

    private IDataView WithKeys(Row[] rows)
    {
        IDataView keys = _ml.Data.LoadFromEnumerable(new[] { "<cat>", "dog", "owl" }.Select(name => new Row { Name = name }));
        return _ml.Transforms.Conversion.MapValueToKey("Label", "Name").Fit(keys).Transform(_ml.Data.LoadFromEnumerable(rows));
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("<figcaption>(.*?)<br>")]
    private static partial Regex Caption();

    private sealed class Row
    {
        [KeyType(3)]
        public uint Label { get; set; }

        public string Name { get; set; } = "";

        public string Image { get; set; } = "";

        [VectorType(3)]
        public float[] Score { get; set; } = new float[3];
    }
}
