using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Support;
using Microsoft.ML;
using SkiaSharp;

namespace MLNetVision.Tests.Segmentation.Loading;

/// <summary>Masks in the pixels of their picture, whichever way up it is stored.</summary>
[TestClass]
public sealed class PictureFrameTests : LoadedRows
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Load_PictureOfAnyOrientation_HasItsMasksInThePixelsThatAreAskedFor(int orientation)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Jpeg(6, 4, orientation);
        File.WriteAllBytes(folder["a.jpg"], bytes);
        PictureTurn turn = PictureTurn.Upright((SKEncodedOrigin)orientation);
        (int width, int height) = turn.Size(6, 4);
        Assert.AreEqual((width, height), (ImageDecoder.Decode(bytes, ExifOrientation.Apply).Width, ImageDecoder.Decode(bytes, ExifOrientation.Apply).Height));

        // The pixel (1, 2) upright, and where it is stored.
        (int storedX, int storedY) = turn.Source(1, 2, 6, 4);
        RunLengthMask upright = Pixel(1, 2, height, width);
        RunLengthMask stored = Pixel(storedX, storedY, 4, 6);
        bool tells = (width, height) != (6, 4);
        AssertMask(upright, Load(upright, ExifOrientation.Apply, out string said), said, expectsRemark: false);
        AssertMask(stored, Load(stored, ExifOrientation.Ignore, out said), said, expectsRemark: false);
        if (tells)
        {
            AssertMask(upright, Load(stored, ExifOrientation.Apply, out said), said, expectsRemark: true);
            AssertMask(stored, Load(upright, ExifOrientation.Ignore, out said), said, expectsRemark: true);
        }

        Row Load(RunLengthMask mask, ExifOrientation wanted, out string reported)
        {
            File.WriteAllText(folder["a.json"], $$"""
                {"images":[{"id":1,"file_name":"a.jpg","width":{{mask.Width}},"height":{{mask.Height}}}],"categories":[{"id":1,"name":"a"}],
                 "annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[{{mask.Height}},{{mask.Width}}],"counts":"{{mask.ToCompressed().Replace("\\", "\\\\")}}"} }]}
                """);
            (Row[] rows, BadRecord[] bad) = Rows(options => Ml.Data.LoadFromCocoInstances(folder["a.json"], folder.Path, options), orientation: wanted);
            reported = string.Join("; ", bad.Select(record => $"{record.Kind} {record}"));
            return rows.Single();
        }

        static void AssertMask(RunLengthMask expected, Row row, string said, bool expectsRemark)
        {
            Assert.AreEqual(expected, RunLengthMask.FromCompressed(row.Masks[0], row.ImageSize[0], row.ImageSize[1]), said);
            BoundingBox box = expected.Box;
            CollectionAssert.AreEqual(new[] { (float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom }, row.BoundingBoxes);
            Assert.AreEqual(expectsRemark, said.StartsWith("Remark", StringComparison.Ordinal), said);
        }
    }

    [TestMethod]
    public void Load_PictureOfAnotherSize_IsLeftOutWithBothSizes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.jpg"], Jpeg(6, 4, 6));
        File.WriteAllBytes(folder["b.jpg"], Jpeg(60, 40, 1));
        (Row[] rows, BadRecord[] bad) = Coco(folder, Images("a.jpg", "b.jpg"), Annotation(1), Annotation(2));
        Assert.AreEqual(2, rows.Single().ImageId);
        StringAssert.Contains(bad.Single().Reason, "4×6");
        StringAssert.Contains(bad.Single().Reason, "60×40");
    }

    private static RunLengthMask Pixel(int x, int y, int height, int width)
    {
        byte[] pixels = new byte[height * width];
        pixels[y * width + x] = 1;
        return RunLengthMask.FromRowMajor(pixels, height, width);
    }

    private static byte[] Jpeg(int width, int height, int orientation)
    {
        using var bitmap = new SKBitmap(width, height);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        byte[] jpeg = data.ToArray();
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
