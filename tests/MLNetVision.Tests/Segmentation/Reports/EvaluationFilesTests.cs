using System.Text.Json;
using Microsoft.ML;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Segmentation.Reports;

[TestClass]
public sealed class EvaluationFilesTests
{
    private static readonly string[] Names = ["cat", "dog <small>", "sky", "tree"];
    private static readonly string[] OfAll =
        ["confusion_matrix.csv", "confusion_matrix.svg", "confusion_matrix_normalized.svg", "metrics.json", "per_class.csv", "report.html", "val_batch0_labels.jpg", "val_batch0_pred.jpg", "worst.csv"];

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Instance, "BoxF1_curve.svg", "BoxPR_curve.svg", "MaskF1_curve.svg", "MaskPR_curve.svg", "box_thresholds.csv", "thresholds.csv")]
    [DataRow(SegmentationTask.Panoptic, "MaskF1_curve.svg", "MaskPR_curve.svg", "thresholds.csv")]
    public void SaveEvaluation_Task_WritesItsFiles(SegmentationTask task, params string[] further)
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        IDataView data = Data(ml, folder, task);
        SegmentationFigures figures = ml.Segmentation.SaveEvaluation(data, task, folder["out"]);
        CollectionAssert.AreEqual(OfAll.Concat(further).Order(StringComparer.Ordinal).ToArray(), Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        Assert.AreEqual((6L, 1L, task), (figures.ImageCount, figures.MissedCount, figures.Task));
        double expected = task switch
        {
            SegmentationTask.Semantic => ml.Segmentation.EvaluateSemantic(data).MeanIoU,
            SegmentationTask.Instance => ml.Segmentation.EvaluateInstance(data).AveragePrecision,
            _ => ml.Segmentation.EvaluatePanoptic(data).PanopticQuality,
        };
        Assert.AreEqual(expected, figures.Figure);
        Assert.AreEqual(task == SegmentationTask.Instance, figures.Boxes is not null);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["out/metrics.json"]));
        Assert.AreEqual(6, json.RootElement.GetProperty("imageCount").GetInt32());
        if (figures.Thresholds is { } thresholds)
        {
            Assert.AreEqual(ml.Segmentation.EvaluateThresholds(data).RecommendedThreshold, thresholds.RecommendedThreshold);
            Assert.AreEqual(thresholds.RecommendedThreshold, json.RootElement.GetProperty("recommendedThreshold").GetDouble());
            Assert.AreEqual(thresholds.ToCsv(), File.ReadAllText(folder["out/thresholds.csv"]));
        }

        string[] worst = File.ReadAllText(folder["out/worst.csv"]).Split('\n');
        Assert.AreEqual($"rank,image id,picture,{figures.FigureName},true segments,predicted segments,problem", worst[0]);
        StringAssert.Matches(worst[1], new System.Text.RegularExpressions.Regex(@"^1,22,missing\.png,0,\d+,0,Row 4 \(image 22\): the picture could not be read$"));
        Assert.HasCount(5, File.ReadAllText(folder["out/per_class.csv"]).TrimEnd().Split('\n'));
        Assert.AreEqual(figures.ConfusionMatrix!.ToCsv(), File.ReadAllText(folder["out/confusion_matrix.csv"]));
        Assert.AreEqual((3 * 308 + 8, 2 * 328 + 8), ImageDecoder.ReadSize(folder["out/val_batch0_pred.jpg"]));
        Assert.IsFalse(File.ReadAllBytes(folder["out/val_batch0_labels.jpg"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["out/val_batch0_pred.jpg"])));
    }

    [TestMethod]
    public void SaveEvaluation_IntoTheFolderOfAnotherTask_LeavesNoFileOfThat()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        ml.Segmentation.SaveEvaluation(Data(ml, folder, SegmentationTask.Instance), SegmentationTask.Instance, folder["out"]);
        ml.Segmentation.SaveEvaluation(Data(ml, folder, SegmentationTask.Semantic), SegmentationTask.Semantic, folder["out"]);
        Assert.HasCount(OfAll.Length, Directory.GetFiles(folder["out"]));
    }

    [TestMethod]
    public void SaveDataSummary_TwoSets_CountsSegmentsAndDrawsTheFirst()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        IDataView all = Data(ml, folder, SegmentationTask.Panoptic), few = ml.Data.TakeRows(all, 2);
        LabelCounts counts = ml.Segmentation.SaveDataSummary([("train", all), ("test", few)], folder["out"]);
        CollectionAssert.AreEqual(Names, counts.ClassNames.ToArray());
        SegmentationData.Image[] images = [.. SegmentationData.Draw(6, Names.Length, seed: 12)];
        for (int c = 0; c < Names.Length; c++)
        {
            Assert.AreEqual(images.Sum(image => image.Truth.Count(segment => segment.Class == c)), counts.Sets[0].Counts[c]);
            Assert.AreEqual(images.Take(2).Sum(image => image.Truth.Count(segment => segment.Class == c)), counts.Sets[1].Counts[c]);
        }

        Assert.AreEqual((6L, 2L), (counts.Sets[0].RowCount, counts.Sets[1].RowCount));
        Assert.AreEqual((3 * 308 + 8, 2 * 328 + 8), ImageDecoder.ReadSize(folder["out/train_batch0.jpg"]));
    }

    private static IDataView Data(MLContext ml, TemporaryFolder folder, SegmentationTask task)
    {
        var images = SegmentationData.Draw(6, Names.Length, seed: 12).Select(image => (task == SegmentationTask.Semantic ? SegmentationData.ToSemantic(image) : image) with { Path = folder[$"{image.Id}.png"] }).ToList();
        foreach (SegmentationData.Image image in images)
        {
            using var bitmap = new SKBitmap(image.Width, image.Height);
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(image.Path, data.ToArray());
        }

        // As a scorer leaves a row whose picture could not be read.
        images[4] = images[4] with { Path = "missing.png", Height = 0, Width = 0, Prediction = [] };
        return SegmentationData.View(ml, images, Names, [true, true, false, false]);
    }
}
