using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Writing;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>Paints a row's segments as COCO's panoptic PNG: segment i has the colour i + 1 = R + 256 G + 65536 B, void is black.</summary>
internal static class PanopticPng
{
    /// <exception cref="InvalidDataException">Two segments share pixels.</exception>
    /// <exception cref="IOException">There is a file of this name that this library did not write, such as a picture.</exception>
    public static void Save(string path, SavedRow row)
    {
        RunLengthMask[] masks = [.. row.Segments.Select(segment => segment.Mask!)];
        if (masks.Length > 0 && masks.Sum(mask => mask.Area) != RunLengthMask.Union(masks).Area)
        {
            throw new InvalidDataException($"Image {row.Id} ('{row.FileName}'): segments overlap, which a panoptic file cannot hold; save instances instead.");
        }

        int[] ids = new int[row.Height * row.Width];
        for (int i = 0; i < masks.Length; i++)
        {
            LabelMap.Paint(ids, masks[i], i + 1);
        }

        using SKBitmap bitmap = SkiaImages.ToBitmap(new RgbImage(row.Width, row.Height, PanopticIdMap.ToRgb(ids)));
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        MarkedPng.Masks.Write(path, png.ToArray());
    }
}
