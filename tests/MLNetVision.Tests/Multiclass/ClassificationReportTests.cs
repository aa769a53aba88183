using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Metrics.Classification;
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
