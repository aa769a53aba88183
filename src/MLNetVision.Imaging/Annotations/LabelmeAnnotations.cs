using System.Text.Json;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>
/// A folder of labelme's JSON files, one for each picture: polygons, rectangles and circles. Shapes of one label and one
/// group_id are one object.
/// </summary>
internal static class LabelmeAnnotations
{
    public static AnnotationSource Open(string folder, SegmentationLoadOptions options)
    {
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
        Dictionary<string, int> classOfLabel = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        var pictures = new NamedFiles(folder, options.AllowOutsideFolder);
        return new AnnotationSource(folder, [.. labels.Select(label => new SegmentationClass(label, IsThing: true))],
            [.. files.Select((file, id) => new AnnotationRecord(Path.GetRelativePath(folder, file), () => Read(file, id, classOfLabel, pictures)))]);
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

    private static AnnotatedImage Read(string file, long id, Dictionary<string, int> classOfLabel, NamedFiles pictures)
    {
        using JsonDocument document = JsonFields.ParseFile(file);
        JsonElement root = document.RootElement;
        (int height, int width) = root.PictureSize("imageHeight", "imageWidth");
        var budget = new OutlineBudget();
        IEnumerable<IGrouping<(string Label, string Object), (JsonElement Shape, int Index)>> objects = root.List("shapes").EnumerateArray()
            .Select((shape, index) => (Shape: shape, Index: index))
            .GroupBy(item => (item.Shape.Text("label"), GroupOf(item.Shape) ?? $"shape {item.Index}"));
        List<AnnotatedSegment> segments = [.. objects.Select(group => AnnotatedSegment.Of(
            classOfLabel.TryGetValue(group.Key.Label, out int index) ? index : throw new InvalidDataException("the file has changed since its labels were read"),
            RunLengthMask.Union([.. group.Select(item => Mask(item.Shape, item.Index, height, width, budget))])))];
        string picture = root.Text("imagePath").Replace('\\', '/'); // written on Windows, read anywhere
        return new AnnotatedImage(Path.GetFullPath(pictures.Find(picture, Path.GetDirectoryName(file)!)), id, height, width, segments);
    }

    private static string? GroupOf(JsonElement shape) =>
        shape.TryGetProperty("group_id", out JsonElement group) && group.ValueKind == JsonValueKind.Number ? group.GetRawText() : null;

    private static RunLengthMask Mask(JsonElement shape, int index, int height, int width, OutlineBudget budget)
    {
        string type = shape.TryGetProperty("shape_type", out _) ? shape.Text("shape_type") : "polygon";
        double[] points = [.. shape.List("points").EnumerateArray().SelectMany(point => point.Numbers("points"))];
        return (type, points.Length) switch
        {
            ("polygon", >= 6) => ShapeMasks.Polygon(points, height, width, budget),
            ("rectangle", 4) => ShapeMasks.Rectangle(
                Math.Min(points[0], points[2]), Math.Min(points[1], points[3]), Math.Max(points[0], points[2]), Math.Max(points[1], points[3]), height, width, budget),
            ("circle", 4) => ShapeMasks.Circle(points[0], points[1], double.Hypot(points[2] - points[0], points[3] - points[1]), height, width, budget),
            _ => throw new InvalidDataException($"shape {index} is a {type} of {points.Length / 2} point(s); expected a polygon, a rectangle or a circle"),
        };
    }
}
