using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations;

/// <summary>A folder of pictures and one of PNG label maps of the same names: a pixel's grey value or palette index is its class.</summary>
internal static class SemanticMasks
{
    private static readonly string[] PictureEndings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    public static AnnotationSource Open(string imageFolder, string maskFolder, IReadOnlyList<string> classes, SemanticMaskOptions options)
    {
        foreach (string folder in new[] { imageFolder, maskFolder })
        {
            if (!Directory.Exists(folder))
            {
                throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
            }
        }

        ILookup<string, string> pictures = Directory.EnumerateFiles(imageFolder, "*", SearchOption.AllDirectories)
            .Where(file => PictureEndings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .ToLookup(file => Stem(imageFolder, file, string.Empty), StringComparer.Ordinal);
        string[] masks = [.. Directory.EnumerateFiles(maskFolder, $"*{options.MaskSuffix}.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return masks.Length == 0
            ? throw new InvalidDataException($"'{maskFolder}' holds no file that ends in '{options.MaskSuffix}.png'.")
            : new AnnotationSource(maskFolder, [.. classes.Select(name => new SegmentationClass(name, options.ThingClasses.Contains(name)))],
                [.. masks.Select((mask, id) => new AnnotationRecord(Path.GetRelativePath(maskFolder, mask),
                    () => Read(mask, [.. pictures[Stem(maskFolder, mask, options.MaskSuffix)]], id, classes, options)))]);
    }

    private static string Stem(string folder, string file, string suffix)
    {
        string relative = Path.ChangeExtension(Path.GetRelativePath(folder, file), null);
        return relative.EndsWith(suffix, StringComparison.Ordinal) ? relative[..^suffix.Length] : relative;
    }

    private static AnnotatedImage Read(string maskFile, string[] pictures, long id, IReadOnlyList<string> classes, SemanticMaskOptions options)
    {
        if (pictures.Length != 1)
        {
            throw new InvalidDataException($"expected one picture of this name, found {pictures.Length}");
        }

        PngLabels labels = PngLabels.Read(maskFile);
        var segments = new List<AnnotatedSegment>();
        foreach ((int value, RunLengthMask mask) in LabelMap.ToMasks(labels.Values, labels.Height, labels.Width, options.IgnoreIndex))
        {
            int index = value - options.FirstIndex;
            segments.Add(index >= 0 && index < classes.Count
                ? AnnotatedSegment.Of(index, mask)
                : throw new InvalidDataException(
                    $"the map has the value {value} at {mask.Area} pixel(s); expected {options.FirstIndex} to {options.FirstIndex + classes.Count - 1}{(options.IgnoreIndex is { } ignored ? $", or {ignored} for pixels to ignore" : "")}"));
        }

        return new AnnotatedImage(pictures[0], id, labels.Height, labels.Width, segments);
    }
}
