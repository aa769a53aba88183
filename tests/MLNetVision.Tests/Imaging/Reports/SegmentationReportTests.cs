using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Segments;
using SkiaSharp;
using static MLNetVision.Tests.Imaging.Rendering.OverlayScene;

namespace MLNetVision.Tests.Imaging.Reports;

[TestClass]
public sealed class SegmentationReportTests
{
    [TestMethod]
    public void Add_Pictures_AreInOneFileWithALayerAClass()
    {
        string path = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():n}.html");
        try
        {
            using (var report = new SegmentationReport(path, "A <title>", new SegmentationOverlayOptions { LabelNames = ["cat", "a \"dog\" & <more>", "tree"] }))
            {
                report.Add("one.png", Picture(), Scene());
                report.Add("none.png", Picture(), new SegmentationResult(Picture().Height, Picture().Width, []));
            }

            string html = File.ReadAllText(path);
            Assert.AreEqual(Scene().Segments.Select(segment => segment.LabelId).Distinct().Count(), Occurrences(html, "class=\"layer\""));
            Assert.AreEqual(2, Occurrences(html, "<section>"));
            Assert.AreEqual(0, Occurrences(html, "<more>"));
            StringAssert.Contains(html, "a &quot;dog&quot; &amp; &lt;more&gt;");
            StringAssert.Contains(html, "A &lt;title&gt;");
            StringAssert.Contains(html, "Nothing was found");
            Assert.AreEqual(0, Occurrences(html, "http"));
            StringAssert.EndsWith(html.TrimEnd(), "</html>");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void AddComparison_Segments_ShowSmallerPicturesOfBothSidesWithALayerAClass()
    {
        string file = Path.Combine(Path.GetTempPath(), $"report-{Guid.NewGuid():N}.html");
        try
        {
            Segment Box(int c, BoundingBox box, bool crowd = false) => new() { Class = c, Mask = RunLengthMask.FromBox(box, 60, 120), IsCrowd = crowd };
            using (var report = new SegmentationReport(file, "R", new SegmentationOverlayOptions { LabelNames = ["cat", "dog", "sky", "tree"] }, longestSide: 60))
            {
                report.AddComparison("x<y", new RgbImage(240, 120), [Box(0, new BoundingBox(0, 0, 20, 20)), Box(0, new BoundingBox(60, 0, 20, 20)), Box(2, new BoundingBox(0, 20, 120, 40), crowd: true)], [Box(3, new BoundingBox(0, 0, 50, 50))], "PQ 0.1");
                report.AddComparison("neither", null, [], []);
                Assert.ThrowsExactly<ArgumentException>(() => report.AddComparison("no mask", null, [new Segment { Class = 0 }], []));
                Assert.ThrowsExactly<ArgumentException>(() => report.AddComparison("sizes", null, [Box(0, new BoundingBox(0, 0, 1, 1))], [Box(0, new BoundingBox(0, 0, 1, 1)) with { Mask = RunLengthMask.FromBox(new BoundingBox(0, 0, 1, 1), 5, 5) }]));
            }

            string html = File.ReadAllText(file);
            StringAssert.Contains(html, "truth, 3 segments");
            StringAssert.Contains(html, "prediction, 1 segment, PQ 0.1");
            string[] layers = ["cat", "(crowd)", "tree"];
            CollectionAssert.AreEqual(layers, html.Split("data-class=\"").Skip(1).Select(part => part[..part.IndexOf('"', StringComparison.Ordinal)]).ToArray());
            byte[][] pictures = [.. html.Split(";base64,").Skip(1).Select(part => Convert.FromBase64String(part[..part.IndexOf('"', StringComparison.Ordinal)]))];
            Assert.HasCount(2 + layers.Length, pictures);
            foreach (byte[] picture in pictures)
            {
                using SKBitmap bitmap = SKBitmap.Decode(picture);
                Assert.AreEqual((60, 30), (bitmap.Width, bitmap.Height));
            }

            using SKBitmap crowd = SKBitmap.Decode(pictures[2]);
            Assert.AreEqual((0, true), (crowd.GetPixel(5, 5).Alpha, crowd.GetPixel(30, 20).Alpha > 150));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
