using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Writing;
using MLNetVision.Imaging.Segments;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>Writes a picture's segments as PNG files: as a map, or cut out.</summary>
public static class SegmentPictures
{
    /// <summary>The value of a pixel without a class in a map of classes.</summary>
    public const byte NoClass = 255;

    /// <summary>Writes a map of classes, grey values of 8 bits: the class from 0, and <see cref="NoClass"/> where there is none.</summary>
    /// <param name="path">The file; its folder is made if need be. A file that was not written by this library is not written over.</param>
    /// <param name="result">The segments; where some overlap, the earlier one lies on top.</param>
    /// <exception cref="InvalidDataException">A class is beyond 254.</exception>
    /// <exception cref="IOException">There is another file of this name.</exception>
    public static void SaveClassMap(string path, SegmentationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Segments.FirstOrDefault(segment => segment.LabelId >= NoClass) is { } beyond)
        {
            throw new InvalidDataException($"Class {beyond.LabelId} does not fit into a map of 8 bits, whose classes are 0 to {NoClass - 1}; save a map of segments instead.");
        }

        byte[] classes = [.. result.ToLabelMap(NoClass).Select(label => (byte)label)];
        MarkedPng.Masks.Write(path, SkiaImages.ToPng(new SKImageInfo(result.Width, result.Height, SKColorType.Gray8, SKAlphaType.Opaque), classes));
    }

    /// <summary>Writes a map of segments in the colours of COCO's panoptic files: id = R + 256 G + 65536 B, 0 where there is none.</summary>
    /// <param name="path">The file; its folder is made if need be. A file that was not written by this library is not written over.</param>
    /// <param name="result">The segments; where some overlap, the earlier one lies on top.</param>
    public static void SaveSegmentMap(string path, SegmentationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using SKBitmap bitmap = SkiaImages.ToBitmap(new RgbImage(result.Width, result.Height, PanopticIdMap.ToRgb(result.ToIdMap())));
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        MarkedPng.Masks.Write(path, png.ToArray());
    }

    /// <summary>Cuts each segment out of the picture, its surroundings transparent, into FOLDER/CLASS/NAME-ID.png.</summary>
    /// <param name="folder">The folder, which is made if need be; files of the same names are replaced.</param>
    /// <param name="name">What the files' names begin with.</param>
    /// <param name="image">The picture.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <param name="labelNames">The names of the classes; what no file name can have becomes '_'.</param>
    /// <returns>The files.</returns>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    public static IReadOnlyList<string> SaveCrops(string folder, string name, RgbImage image, SegmentationResult result, IReadOnlyList<string> labelNames)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(labelNames);
        SegmentationOverlay.CheckSize(image, result);
        var files = new List<string>();
        foreach (PredictedSegment segment in result.Segments.Where(segment => !segment.Mask.IsEmpty))
        {
            string file = Path.Combine(folder, FileName(segment.LabelId < labelNames.Count ? labelNames[segment.LabelId] : $"class {segment.LabelId}"), $"{name}-{segment.Id}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            SegmentCrop.Of(image, segment.Mask).SavePng(file);
            files.Add(file);
        }

        return files;
    }

    private static string FileName(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsControl(c) || "/\\:*?\"<>|".Contains(c, StringComparison.Ordinal) ? '_' : c)).Trim();
        return safe.Trim('.').Length == 0 ? "_" : safe;
    }
}
