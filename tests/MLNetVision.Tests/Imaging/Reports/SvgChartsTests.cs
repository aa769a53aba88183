using System.Globalization;
using System.Xml.Linq;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Reports.Svg;
using MLNetVision.Tests.Imaging.Metrics.Classification;
using MLNetVision.Tests.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Imaging.Reports;

[TestClass]
public sealed class SvgChartsTests
{
    private static readonly string[] Names = ["cat", "dog <small>", "sky", "tree"];

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static ClassificationMetrics Metrics => ClassificationEvaluatorTests.Evaluate(ClassificationEvaluatorTests.Random(200, seed: 3)).Compute();

    public static IEnumerable<object[]> Charts =>
    [
        ["confusion", () => SvgCharts.Confusion(Metrics.ConfusionMatrix)],
        ["normalized", () => SvgCharts.Confusion(Metrics.ConfusionMatrix, normalized: true)],
        ["F1", () => SvgCharts.F1(Metrics.Thresholds)],
        ["precision", () => SvgCharts.PrecisionRecall(Metrics.Thresholds, maximumClasses: 1)],
        ["calibration", () => SvgCharts.Calibration(Metrics)],
        ["instances", () => SvgCharts.PrecisionRecall(Filled(new InstanceEvaluator(Names)).Compute())],
        ["panoptic", () => SvgCharts.PanopticQuality(Filled(new PanopticEvaluator(Names, [true, true, false, false])).Compute())],
        ["no instance", () => SvgCharts.PrecisionRecall(new InstanceEvaluator(Names).Compute())],
        ["no pixel", () => SvgCharts.Confusion(new SemanticEvaluator([.. Enumerable.Range(0, 150).Select(i => $"{i}")]).Compute().ConfusionMatrix)],
        ["no scene", () => SvgCharts.PanopticQuality(new PanopticEvaluator(Names).Compute())],
    ];

    [TestMethod, DynamicData(nameof(Charts))]
    public void Chart_InAnyLanguage_IsTheSameFileAndWellFormed(string name, Func<string> draw)
    {
        string chart = draw();
        using (new CommaCulture())
        {
            Assert.AreEqual(chart, draw(), name);
        }

        XElement root = XDocument.Parse(chart).Root!;
        Assert.AreEqual(Svg + "svg", root.Name);
        double width = Number(root, "width"), height = Number(root, "height");
        foreach (XElement element in root.Descendants().Where(element => element.Attribute("x") is not null))
        {
            Assert.IsTrue(Number(element, "x") >= 0 && Number(element, "x") <= width && Number(element, "y") >= 0 && Number(element, "y") <= height, element.ToString());
        }

        Assert.DoesNotContain("NaN", chart);
        Assert.DoesNotContain("http", SvgCanvas.Inline(chart));
    }

    [TestMethod]
    public void Curves_OfMoreClassesThanLines_SayHowManyMore()
    {
        Assert.Contains("and 2 more in the mean", SvgCharts.F1(Metrics.Thresholds, maximumClasses: Metrics.Thresholds.PerClass.Count - 2));
        Assert.DoesNotContain(" more in the mean", SvgCharts.F1(Metrics.Thresholds, maximumClasses: Metrics.Thresholds.PerClass.Count));
    }

    [TestMethod]
    public void PanopticQuality_Bars_AreAsLongAsTheFigures()
    {
        PanopticMetrics metrics = Filled(new PanopticEvaluator(Names)).Compute();
        XElement root = XDocument.Parse(SvgCharts.PanopticQuality(metrics)).Root!;
        double[] bars = [.. root.Descendants(Svg + "rect").Where(bar => bar.Attribute("fill")!.Value == SvgCanvas.LineColour(0)).Select(bar => Number(bar, "width") / 440)];
        double[] expected = [.. metrics.PerClass.Select(c => c.PanopticQuality).OrderDescending()];
        Assert.HasCount(expected.Length, bars);
        Assert.IsTrue(bars.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4), string.Join(' ', bars));
    }

    [TestMethod]
    public void Confusion_Counts_StandInTheirCells()
    {
        var evaluator = new ClassificationEvaluator(["a", "<b>"]);
        evaluator.Add(0, [0.1f, 0.9f]);
        evaluator.Add(0, [0.2f, 0.8f]);
        evaluator.Add(1, [0.3f, 0.7f]);
        evaluator.Add(0, [0.9f, 0.1f]);
        XElement root = XDocument.Parse(SvgCharts.Confusion(evaluator.Compute().ConfusionMatrix, normalized: true)).Root!;
        string[] hints = [.. root.Descendants(Svg + "rect").Select(cell => cell.Element(Svg + "title")?.Value).OfType<string>()];
        CollectionAssert.AreEqual(new[] { "a as a: 1 of 3", "a as <b>: 2 of 3", "<b> as a: 0 of 1", "<b> as <b>: 1 of 1" }, hints);
        CollectionAssert.IsSubsetOf(new[] { "0.33", "0.67", "1.00" }, root.Descendants(Svg + "text").Select(text => text.Value).ToArray());
    }

    [TestMethod]
    public void Confusion_ManyClasses_StaysSmall()
    {
        var evaluator = new ClassificationEvaluator([.. Enumerable.Range(0, 300).Select(i => $"class {i}")]);
        float[] probabilities = new float[300];
        for (int i = 0; i < 300; i++)
        {
            probabilities.AsSpan().Clear();
            probabilities[i] = 1;
            evaluator.Add(i, probabilities);
        }

        Assert.IsLessThan(100_000, SvgCharts.Confusion(evaluator.Compute().ConfusionMatrix).Length);
    }

    [TestMethod]
    [DataRow(0.0, 1.0, "0 0.2 0.4 0.6 0.8 1")]
    [DataRow(0.0, 30.0, "0 5 10 15 20 25 30")]
    [DataRow(-0.3, 0.11, "-0.3 -0.2 -0.1 0 0.1")]
    [DataRow(2.31, 2.34, "2.31 2.315 2.32 2.325 2.33 2.335 2.34")]
    public void Ticks_OfARange_AreRound(double least, double most, string expected) =>
        Assert.AreEqual(expected, string.Join(' ', SvgPlot.Ticks(least, most).Select(tick => Math.Round(tick, 6).ToString(CultureInfo.InvariantCulture))));

    private static T Filled<T>(T evaluator)
        where T : ISegmentEvaluator
    {
        foreach (SegmentationData.Image image in SegmentationData.Draw(20, Names.Length, seed: 11, side: 90))
        {
            evaluator.Add(image.Id, image.Truth, image.Prediction);
        }

        return evaluator;
    }

    private static double Number(XElement element, string attribute) => double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
