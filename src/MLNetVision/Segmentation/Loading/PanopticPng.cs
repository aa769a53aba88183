using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Masks;
using SkiaSharp;

namespace MLNetVision.Segmentation.Loading;

/// <summary>Paints a row's segments as COCO's panoptic PNG: segment i has the colour i + 1 = R + 256 G + 65536 B, void is black.</summary>
internal static class PanopticPng
{
    private const int OpaqueAlpha = 0xFF << 24;

    /// <exception cref="InvalidDataException">Two segments share pixels.</exception>
    public static void Save(string path, CocoRow row)
    {
        RunLengthMask[] masks = [.. row.Segments.Select(segment => segment.Mask)];
        if (masks.Length > 0 && masks.Sum(mask => mask.Area) != RunLengthMask.Union(masks).Area)
        {
            throw new InvalidDataException($"Image {row.Id} ('{row.FileName}'): segments overlap, which a panoptic file cannot hold; save instances instead.");
        }

        int[] colours = new int[row.Height * row.Width];
        Array.Fill(colours, OpaqueAlpha);
        for (int i = 0; i < masks.Length; i++)
        {
            LabelMap.Paint(colours, masks[i], (i + 1) | OpaqueAlpha);
        }

        using var bitmap = new SKBitmap(row.Width, row.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        Marshal.Copy(colours, 0, bitmap.GetPixels(), colours.Length);
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string aside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream file = File.Create(aside))
            {
                png.SaveTo(file);
            }

            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
