using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Rendering.Fonts;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Support;
using SkiaSharp;
using static MLNetVision.Tests.Imaging.Rendering.OverlayScene;

namespace MLNetVision.Tests.Imaging.Rendering;

[TestClass]
public sealed class SegmentationOverlayTests
{
    private static readonly SegmentationOverlayOptions Plain = new() { OutlineWidth = 0, Labels = false, Legend = false };

    [TestMethod]
    public void Render_NoOpacityAndNoOutlines_LeavesThePicture()
    {
        RgbImage image = Picture();
        CollectionAssert.AreEqual(image.Pixels.ToArray(), SegmentationOverlay.Render(image, Scene(), Plain with { Opacity = 0 }).Pixels.ToArray());
    }

    [TestMethod]
    public void Render_FullOpacity_PaintsSegmentsAndNothingElse()
    {
        RgbImage image = Picture(), drawn = SegmentationOverlay.Render(image, Scene(), Plain with { Opacity = 1 });
        SegmentationResult scene = Scene();
        int[] owners = scene.ToIdMap();
        for (int i = 0; i < owners.Length; i++)
        {
            ReadOnlySpan<byte> expected = image.Pixels.Slice(i * 3, 3);
            if (owners[i] > 0)
            {
                SKColor colour = SegmentColours.Of(scene.Segments[owners[i] - 1].LabelId);
                expected = new[] { colour.Red, colour.Green, colour.Blue };
            }

            CollectionAssert.AreEqual(expected.ToArray(), drawn.Pixels.Slice(i * 3, 3).ToArray(), $"pixel {i}");
        }
    }

    [TestMethod]
    public void Render_HalfOpacity_MixesColours()
    {
        var black = new RgbImage(40, 30);
        var scene = new SegmentationResult(30, 40, [Segment(1, 4, new BoundingBox(0, 0, 40, 30), 30, 40)]);
        SKColor colour = SegmentColours.Of(4);
        Span<byte> mixed = SegmentationOverlay.Render(black, scene, Plain).Pixels;
        Assert.IsLessThanOrEqualTo(1, Math.Abs(mixed[0] - colour.Red * 128 / 255));
        Assert.IsLessThanOrEqualTo(1, Math.Abs(mixed[1] - colour.Green * 128 / 255));
    }

    [TestMethod]
    public void Render_Outline_CoversTheBorderOnly()
    {
        var black = new RgbImage(40, 30);
        var scene = new SegmentationResult(30, 40, [Segment(1, 4, new BoundingBox(5, 5, 20, 10), 30, 40)]);
        RgbImage drawn = SegmentationOverlay.Render(black, scene, Plain with { Opacity = 0, OutlineWidth = 2 });
        int painted = 0;
        for (int i = 0; i < 40 * 30; i++)
        {
            painted += drawn.Pixels.Slice(i * 3, 3).ContainsAnyExcept((byte)0) ? 1 : 0;
        }

        Assert.AreEqual(20 * 10 - 16 * 6, painted);
    }

    [TestMethod]
    public void Render_LabelsAndLegend_NeedNoFontOfTheSystem()
    {
        var image = new RgbImage(200, 120);
        SegmentationResult scene = new(120, 200, [Segment(1, 0, new BoundingBox(0, 0, 200, 60), 120, 200), Segment(2, 1, new BoundingBox(0, 60, 200, 60), 120, 200)]);
        var options = new SegmentationOverlayOptions { Opacity = 0, OutlineWidth = 0, LabelNames = ["cat", "Zürich 中"] };
        RgbImage drawn = SegmentationOverlay.Render(image, scene, options);
        Assert.IsGreaterThan(image.Width, drawn.Width);
        RgbImage withoutText = SegmentationOverlay.Render(image, scene, options with { Labels = false, Legend = false });
        Assert.IsTrue(drawn.Row(30)[..600].ContainsAnyExcept((byte)0));
        Assert.IsFalse(withoutText.Pixels.ContainsAnyExcept((byte)0));
    }

    [TestMethod]
    public void TextFont_LettersOfManyLanguages_AreThereAndSmooth()
    {
        var shapes = new Dictionary<string, char>();
        foreach (char character in Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Concat("ÄÖÜäöüßéèñçłőžĞİΩαβγψЖщюЯ×€“…"))
        {
            using var bitmap = new SKBitmap(40, 40);
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(SKColors.White);
            TextFont.Draw(canvas, character.ToString(), 2, 20, 24, SKColors.Black);
            canvas.Flush();
            string shape = Convert.ToHexString(bitmap.GetPixelSpan());
            Assert.IsTrue(shapes.TryAdd(shape, character), $"'{character}' looks like '{shapes.GetValueOrDefault(shape)}'");
            Assert.IsTrue(bitmap.Pixels.Any(pixel => pixel.Red is > 20 and < 235), $"'{character}' has no grey at its edges");
        }
    }

    [TestMethod]
    public void Render_SmallSegments_HaveNoLabelsLargerThanThey()
    {
        // A large segment carries its name and score, a middling one its name, smaller, and a small one nothing.
        SegmentationResult scene = new(120, 200, [
            Segment(1, 0, new BoundingBox(0, 0, 120, 60), 120, 200), Segment(2, 0, new BoundingBox(10, 70, 34, 24), 120, 200), Segment(3, 0, new BoundingBox(150, 70, 12, 9), 120, 200)]);
        var options = new SegmentationOverlayOptions { Opacity = 0, OutlineWidth = 0, Legend = false, LabelNames = ["house"] };
        RgbImage drawn = SegmentationOverlay.Render(new RgbImage(200, 120), scene, options);
        int[] owners = scene.ToIdMap();
        int[] inside = new int[4];
        for (int i = 0; i < owners.Length; i++)
        {
            inside[owners[i]] += drawn.Pixels.Slice(i * 3, 3).ContainsAnyExcept((byte)0) ? 1 : 0;
        }

        Assert.AreEqual(0, inside[0], "labels leave their segments");
        Assert.AreEqual(0, inside[3]);
        Assert.IsGreaterThan(2 * inside[2], inside[1]);
        Assert.IsGreaterThan(0, inside[2]);
    }

    [TestMethod]
    [DataRow(16)]
    [DataRow(32)]
    [DataRow(64)]
    public void Render_TinyPicture_IsNotHiddenByItsLabels(int side)
    {
        SegmentationResult scene = new(side, side, [Segment(1, 0, new BoundingBox(0, 0, side, side / 2), side, side), Segment(2, 1, new BoundingBox(2, side / 2, side / 4, side / 4), side, side)]);
        RgbImage drawn = SegmentationOverlay.Render(new RgbImage(side, side), scene, new() { Opacity = 0, OutlineWidth = 0, Legend = false });
        int covered = Enumerable.Range(0, side * side).Count(i => drawn.Pixels.Slice(i * 3, 3).ContainsAnyExcept((byte)0));
        Assert.IsLessThanOrEqualTo(side * side / 4, covered);
    }

    [TestMethod]
    public void Render_PathOfAPhoto_IsDrawnUpright()
    {
        using var folder = new TemporaryFolder();
        RgbImage image = Picture();
        File.WriteAllBytes(folder["p.png"], SegmentationOverlay.ToPng(image, new SegmentationResult(45, 60, [])));
        CollectionAssert.AreEqual(SegmentationOverlay.ToPng(image, Scene()), SegmentationOverlay.ToPng(folder["p.png"], Scene()));
    }

    [TestMethod]
    public void Render_WithoutLabelNames_TakesTheSegmentsOwn()
    {
        SegmentationResult named = new(120, 200, [Segment(1, 0, new BoundingBox(0, 0, 200, 120), 120, 200) with { ClassName = "street" }]);
        SegmentationResult unnamed = new(120, 200, [Segment(1, 0, new BoundingBox(0, 0, 200, 120), 120, 200)]);
        var image = new RgbImage(200, 120);
        byte[] expected = SegmentationOverlay.ToPng(image, unnamed, new() { LabelNames = ["street"] });
        CollectionAssert.AreEqual(expected, SegmentationOverlay.ToPng(image, named));
        CollectionAssert.AreNotEqual(expected, SegmentationOverlay.ToPng(image, unnamed));
        Assert.AreEqual("class 0", unnamed.Segments[0].ClassName);
    }

    [TestMethod]
    public void ToPng_Decoded_IsWhatRenderGives()
    {
        RgbImage image = Picture();
        CollectionAssert.AreEqual(SegmentationOverlay.Render(image, Scene()).Pixels.ToArray(), ImageDecoder.Decode(SegmentationOverlay.ToPng(image, Scene())).Pixels.ToArray());
    }

    [TestMethod]
    public void Render_BadArguments_AreErrors()
    {
        Assert.ThrowsExactly<ArgumentException>(() => SegmentationOverlay.Render(new RgbImage(3, 3), Scene()));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SegmentationOverlay.Render(Picture(), Scene(), Plain with { Opacity = 1.5 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SegmentationOverlay.Render(Picture(), Scene(), Plain with { OutlineWidth = -1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SegmentationOverlay.Render(Picture(), Scene(), Plain with { TextSize = 0 }));
    }

    [TestMethod]
    public void Render_NothingFound_IsThePicture()
    {
        RgbImage image = Picture();
        CollectionAssert.AreEqual(image.Pixels.ToArray(), SegmentationOverlay.Render(image, new SegmentationResult(image.Height, image.Width, [])).Pixels.ToArray());
    }
}
