using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Reports;
using MLNetVision.Tests.Segmentation;
using SkiaSharp;

namespace MLNetVision.Tests.Imaging.Reports;

[TestClass]
public sealed class MetricsChartsTests
{
    private static readonly string[] Names = ["cat", "dog <small>", "sky", "tree"];

    [TestMethod]
    public void Charts_Metrics_ArePictures()
    {
        IReadOnlyList<SegmentationData.Image> images = SegmentationData.Draw(20, Names.Length, seed: 11, side: 90);
        var instances = new InstanceEvaluator(Names);
        var panoptic = new PanopticEvaluator(Names, [true, true, false, false]);
        var semantic = new SemanticEvaluator(Names);
        foreach (SegmentationData.Image image in images)
        {
            instances.Add(image.Id, image.Truth, image.Prediction);
            panoptic.Add(image.Id, image.Truth, image.Prediction);
            SegmentationData.Image merged = SegmentationData.ToSemantic(image);
            semantic.Add(image.Id, merged.Truth, merged.Prediction);
        }

        AssertPicture("precision-recall", MetricsCharts.PrecisionRecall(instances.Compute()));
        AssertPicture("confusion", MetricsCharts.ConfusionHeatMap(semantic.Compute().ConfusionMatrix));
        AssertPicture("panoptic-quality", MetricsCharts.PanopticQuality(panoptic.Compute()));
    }

    [TestMethod]
    public void Charts_NothingCounted_AreStillPictures()
    {
        AssertPicture("empty-precision-recall", MetricsCharts.PrecisionRecall(new InstanceEvaluator(Names).Compute()));
        AssertPicture("empty-confusion", MetricsCharts.ConfusionHeatMap(new SemanticEvaluator([.. Enumerable.Range(0, 150).Select(i => $"{i}")]).Compute().ConfusionMatrix));
        AssertPicture("empty-panoptic-quality", MetricsCharts.PanopticQuality(new PanopticEvaluator(Names).Compute()));
    }

    private static void AssertPicture(string name, byte[] png)
    {
        using SKBitmap bitmap = SKBitmap.Decode(png);
        Assert.IsNotNull(bitmap, name);
        Assert.IsGreaterThan(50, bitmap.Width, name);
        Assert.IsGreaterThan(2, bitmap.Pixels.Distinct().Count(), name);
    }
}
