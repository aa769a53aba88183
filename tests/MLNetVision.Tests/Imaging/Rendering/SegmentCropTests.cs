using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Tests.Support;
using SkiaSharp;

namespace MLNetVision.Tests.Imaging.Rendering;

[TestClass]
public sealed class SegmentCropTests
{
    [TestMethod]
    public void Of_Segment_HasItsPixelsAndNothingElse()
    {
        RgbImage image = OverlayScene.Picture();
        RunLengthMask mask = RunLengthMask.FromBox(new BoundingBox(7, 3, 20, 12), 45, 60).Except(RunLengthMask.FromBox(new BoundingBox(10, 5, 4, 4), 45, 60));
        var crop = SegmentCrop.Of(image, mask);
        Assert.AreEqual((7, 3, 20, 12), (crop.X, crop.Y, crop.Width, crop.Height));
        byte[] set = mask.ToRowMajor();
        for (int y = 0; y < crop.Height; y++)
        {
            for (int x = 0; x < crop.Width; x++)
            {
                byte[] pixel = crop.RgbaPixels.Slice((y * crop.Width + x) * 4, 4).ToArray();
                bool isSet = set[(y + 3) * 60 + x + 7] == 1;
                CollectionAssert.AreEqual(isSet ? [.. image.Row(y + 3).Slice((x + 7) * 3, 3), 255] : new byte[4], pixel);
            }
        }
    }

    [TestMethod]
    public void ToPng_Decoded_IsTheCropWithItsTransparency()
    {
        var crop = SegmentCrop.Of(OverlayScene.Picture(), OverlayScene.Scene().Segments[0].Mask.Except(OverlayScene.Scene().Segments[1].Mask));
        using var bitmap = SKBitmap.Decode(crop.ToPng(), new SKImageInfo(crop.Width, crop.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        CollectionAssert.AreEqual(crop.RgbaPixels.ToArray(), bitmap.Bytes);
        Assert.IsTrue(crop.RgbaPixels.Contains((byte)0));

        using var folder = new TemporaryFolder();
        crop.SavePng(folder["crop.png"]);
        CollectionAssert.AreEqual(crop.ToPng(), File.ReadAllBytes(folder["crop.png"]));
    }

    [TestMethod]
    public void Of_WhatCannotBeCut_IsAnError()
    {
        ArgumentException size = Assert.ThrowsExactly<ArgumentException>(() => SegmentCrop.Of(new RgbImage(3, 4), OverlayScene.Scene().Segments[0].Mask));
        Assert.Contains("45 x 60", size.Message);
        Assert.Contains("4 x 3", size.Message);
        Assert.ThrowsExactly<ArgumentException>(() => SegmentCrop.Of(new RgbImage(3, 4), RunLengthMask.Empty(4, 3)));
        Assert.ThrowsExactly<ArgumentException>(() => MaskImage.ToPng(RunLengthMask.Empty(0, 3)));
    }

    [TestMethod]
    public void MaskImage_InEachForm_IsWhiteWhereTheMaskIsSet()
    {
        RunLengthMask mask = OverlayScene.Scene().Segments[1].Mask;
        byte[] grey = MaskImage.ToGrey(mask);
        CollectionAssert.AreEqual(mask.ToRowMajor().Select(pixel => (byte)(255 * pixel)).ToArray(), grey);
        using var bitmap = SKBitmap.Decode(MaskImage.ToPng(mask));
        Assert.AreEqual(SKColorType.Gray8, bitmap.ColorType);
        Assert.AreEqual((60, 45), (bitmap.Width, bitmap.Height));
        CollectionAssert.AreEqual(grey, Enumerable.Range(0, 45).SelectMany(y => bitmap.Bytes.Skip(y * bitmap.RowBytes).Take(60)).ToArray());
    }
}
