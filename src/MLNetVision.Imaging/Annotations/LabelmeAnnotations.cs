using System.Text.Json;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// A folder of labelme's JSON files, one for each picture: polygons, rectangles and circles. Shapes of one label and one
/// group_id are one object.
/// </summary>
public static class LabelmeAnnotations
{
    /// <summary>Reads the labels of a folder's files, which are the classes, sorted; the shapes are read later.</summary>
    /// <param name="folder">The folder; pictures are where the files say, counted from the file.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no annotation.</exception>
    public static AnnotationSource Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        }

        string[] files = [.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            throw new InvalidDataException($"'{folder}' holds no *.json file.");
        }

        string[] labels = [.. files.SelectMany(LabelsOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new AnnotationSource(folder, [.. labels.Select(label => new SegmentationClass(label, IsThing: true))],
            [.. files.Select((file, id) => new AnnotationRecord(Path.GetRelativePath(folder, file), () => Read(file, id, labels)))]);
    }

    /// <summary>The labels of a file; a broken one has none here and is reported when its row is read.</summary>
    private static IEnumerable<string> LabelsOf(string file)
    {
        try
        {
            using JsonDocument document = JsonFields.ParseFile(file);
            return [.. document.RootElement.List("shapes").EnumerateArray().Select(shape => shape.Text("label"))];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private static AnnotatedImage Read(string file, long id, string[] labels)
    {
        using JsonDocument document = JsonFields.ParseFile(file);
        JsonElement root = document.RootElement;
        (int height, int width) = (root.Size("imageHeight"), root.Size("imageWidth"));
        IEnumerable<IGrouping<(string Label, string Object), (JsonElement Shape, int Index)>> objects = root.List("shapes").EnumerateArray()
            .Select((shape, index) => (Shape: shape, Index: index))
            .GroupBy(item => (item.Shape.Text("label"), GroupOf(item.Shape) ?? $"shape {item.Index}"));
        List<AnnotatedSegment> segments = [.. objects.Select(group => AnnotatedSegment.Of(
            Array.IndexOf(labels, group.Key.Label), RunLengthMask.Union([.. group.Select(item => Mask(item.Shape, item.Index, height, width))])))];
        string picture = root.Text("imagePath").Replace('\\', '/'); // written on Windows, read anywhere
        return new AnnotatedImage(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, picture)), id, height, width, segments);
    }

    private static string? GroupOf(JsonElement shape) =>
        shape.TryGetProperty("group_id", out JsonElement group) && group.ValueKind == JsonValueKind.Number ? group.GetRawText() : null;

    private static RunLengthMask Mask(JsonElement shape, int index, int height, int width)
    {
        string type = shape.TryGetProperty("shape_type", out _) ? shape.Text("shape_type") : "polygon";
        double[] points = [.. shape.List("points").EnumerateArray().SelectMany(point => point.Numbers("points"))];
        return (type, points.Length) switch
        {
            ("polygon", >= 6) => ShapeMasks.Polygon(points, height, width),
            ("rectangle", 4) => ShapeMasks.Rectangle(
                Math.Min(points[0], points[2]), Math.Min(points[1], points[3]), Math.Max(points[0], points[2]), Math.Max(points[1], points[3]), height, width),
            ("circle", 4) => ShapeMasks.Circle(points[0], points[1], double.Hypot(points[2] - points[0], points[3] - points[1]), height, width),
            _ => throw new InvalidDataException($"shape {index} is a {type} of {points.Length / 2} point(s); expected a polygon, a rectangle or a circle"),
        };
    }
}
