using Microsoft.ML;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Segmentation.Reports;

[TestClass]
public sealed class ReportTests
{
    private static readonly string[] Names = ["cat", "dog <small>", "sky", "tree"];

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Instance)]
    [DataRow(SegmentationTask.Panoptic)]
    public void SaveReport_Task_IsOneFileWithTheWorstImagesFirst(SegmentationTask task)
    {
        var ml = new MLContext(1);
        string picture = Path.Combine(Path.GetTempPath(), $"picture-{Guid.NewGuid():N}.png");
        using (var bitmap = new SKBitmap(64, 48))
        using (SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100))
        {
            File.WriteAllBytes(picture, data.ToArray());
        }

        var images = SegmentationData.Draw(6, Names.Length, seed: 12).Select(image => (task == SegmentationTask.Semantic ? SegmentationData.ToSemantic(image) : image) with { Path = picture }).ToList();
        images[4] = images[4] with { Prediction = [], Path = "missing.png" };
        string file = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.html");
        try
        {
            ml.Segmentation.SaveReport(SegmentationData.View(ml, images, Names, [true, true, false, false]), task, file, new SegmentationReportOptions { WorstImages = 3 });
            string html = File.ReadAllText(file);
            StringAssert.Contains(html, "dog &lt;small&gt;");
            Assert.DoesNotContain("src=\"h", html);
            Assert.AreEqual(2 * 3, Occurrences(html, "class=\"stack\""));
            Assert.AreEqual(2 * 3 + Occurrences(html, "class=\"layer\""), Occurrences(html, "<img "));
            Assert.AreEqual(task == SegmentationTask.Semantic ? 1 : 3, Occurrences(html, "<svg "));
            int first = html.IndexOf("<section>", StringComparison.Ordinal);
            Assert.IsGreaterThan(html.IndexOf("<details>", StringComparison.Ordinal), first);
            StringAssert.StartsWith(html[first..], $"<section><h2>Image {images[4].Id} (no picture");
        }
        finally
        {
            File.Delete(picture);
            File.Delete(file);
        }
    }

    [TestMethod]
    [DataRow(SegmentationTask.Semantic)]
    [DataRow(SegmentationTask.Instance)]
    [DataRow(SegmentationTask.Panoptic)]
    public void SaveReport_InAnotherLanguage_IsTheSameFileAndItsFolderIsMade(SegmentationTask task)
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        IDataView data = SegmentationData.View(
            ml, [.. SegmentationData.Draw(4, Names.Length, seed: 12).Select(image => task == SegmentationTask.Semantic ? SegmentationData.ToSemantic(image) : image)], Names, [true, true, false, false]);
        ml.Segmentation.SaveReport(data, task, Path.Combine(folder.Path, "made", "a.html"));
        using (new CommaCulture())
        {
            ml.Segmentation.SaveReport(data, task, folder["b.html"]);
        }

        Assert.AreEqual(File.ReadAllText(folder["made/a.html"]), File.ReadAllText(folder["b.html"]));
    }

    [TestMethod]
    public void SaveOverlays_IntoTheFolderOfThePictures_OverwritesNoFileButOverlays()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        SegmentationData.Image[] images = [.. SegmentationData.Draw(3, Names.Length, seed: 13).Select((image, i) => image with { Path = folder[$"in/{"abc"[i]}.png"] })];
        foreach (SegmentationData.Image image in images)
        {
            using var bitmap = new SKBitmap(image.Width, image.Height);
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(image.Path, data.ToArray());
        }

        // The last picture lies elsewhere; in the folder there is a file of its name that belongs to nobody here.
        File.Move(images[2].Path, folder["c.png"]);
        images[2] = images[2] with { Path = folder["c.png"] };
        File.WriteAllText(folder["in/c.png"], "somebody's");
        var before = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        string[] expected = ["a-overlay.png", "b-overlay.png", "c-overlay.png"];
        for (int run = 0; run < 2; run++)
        {
            IReadOnlyList<string> files = ml.Segmentation.SaveOverlays(SegmentationData.View(ml, [.. images], Names, null), folder["in"]);
            CollectionAssert.AreEqual(expected, files.Select(Path.GetFileName).ToArray(), $"run {run}");
            Assert.IsTrue(before.All(file => file.Value.AsSpan().SequenceEqual(File.ReadAllBytes(file.Key))), $"run {run}");
            Assert.HasCount(before.Count + 3, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
            Assert.IsGreaterThanOrEqualTo(images[0].Height, ImageDecoder.Decode(files[0]).Height);
        }
    }

    [TestMethod]
    public void SaveOverlays_RowsThatAreNotScored_DrawsTheTruth()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        SegmentationData.Image image = SegmentationData.Draw(1, Names.Length, seed: 14).Single() with { Path = folder["black.png"], Prediction = [] };
        using (var bitmap = new SKBitmap(image.Width, image.Height))
        using (SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100))
        {
            File.WriteAllBytes(image.Path, data.ToArray());
        }

        IDataView scored = SegmentationData.View(ml, [image], Names, null);
        IDataView truth = ml.Transforms.DropColumns("PredictedLabel", "PredictedMasks", "Score").Fit(scored).Transform(scored);
        byte[] none = File.ReadAllBytes(ml.Segmentation.SaveOverlays(scored, folder["predicted"]).Single());
        byte[] drawn = File.ReadAllBytes(ml.Segmentation.SaveOverlays(truth, folder["truth"]).Single());

        Assert.IsNotEmpty(image.Truth);
        Assert.DoesNotContain(pixel => pixel != 0, ImageDecoder.Decode(none).Pixels.ToArray());
        Assert.Contains(pixel => pixel != 0, ImageDecoder.Decode(drawn).Pixels.ToArray());
    }

    [TestMethod]
    public void SaveOverlays_ScoredRows_WritesAPictureARowUnderItsOwnName()
    {
        var ml = new MLContext(1);
        using var folder = new TemporaryFolder();
        var images = new List<SegmentationData.Image>();
        foreach ((SegmentationData.Image image, int i) in SegmentationData.Draw(3, Names.Length, seed: 13).Select((image, i) => (image, i)))
        {
            string path = Path.Combine(folder.Path, i == 2 ? "again" : "in", i == 2 ? "scene-0.bmp" : $"scene-{i}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var bitmap = new SKBitmap(image.Width, image.Height);
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(path, data.ToArray());
            images.Add(image with { Path = path, Prediction = i == 1 ? [] : image.Prediction });
        }

        IReadOnlyList<string> files = ml.Segmentation.SaveOverlays(
            SegmentationData.View(ml, images, Names, [true, true, false, false]), Path.Combine(folder.Path, "out"), new SegmentationOverlayOptions { Legend = false });
        CollectionAssert.AreEqual(new[] { "scene-0.png", "scene-1.png", "scene-0row-2.png" }, files.Select(Path.GetFileName).ToArray());
        for (int i = 0; i < files.Count; i++)
        {
            using SKBitmap drawn = SKBitmap.Decode(files[i]);
            Assert.AreEqual((images[i].Width, images[i].Height), (drawn.Width, drawn.Height));
            Assert.AreEqual(i != 1, drawn.Pixels.Distinct().Count() > 1, "an overlay without segments is the picture, one with some is not");
        }

        File.WriteAllText(images[1].Path, "no picture");
        using var log = new LogRecorder(ml);
        files = ml.Segmentation.SaveOverlays(SegmentationData.View(ml, images, Names, null), Path.Combine(folder.Path, "out"));
        CollectionAssert.AreEqual(new[] { "scene-0.png", "scene-0row-2.png" }, files.Select(Path.GetFileName).ToArray());
        Assert.IsTrue(log.Warnings.Any(warning => warning.Contains(images[1].Path, StringComparison.Ordinal)));
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
