using System.Text.Json;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>The JSON export of VoTT: polygons and rectangles with tags. A region with several tags becomes one segment of its first tag.</summary>
public static class VottAnnotations
{
    /// <summary>Reads an export; its masks are made later.</summary>
    /// <param name="path">The exported JSON file.</param>
    /// <param name="imageFolder">The folder of pictures; null for that of the file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static AnnotationSource Open(string path, string? imageFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string pictures = imageFolder ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        using JsonDocument document = JsonFields.ParseFile(path);
        JsonElement root = document.RootElement;
        try
        {
            string[] tags = [.. root.List("tags").EnumerateArray().Select(tag => tag.Text("name"))];
            List<JsonProperty> assets = [.. root.Required("assets").Clone().EnumerateObject()];
            return new AnnotationSource(path, [.. tags.Select(tag => new SegmentationClass(tag, IsThing: true))],
                [.. assets.Select((asset, id) => new AnnotationRecord($"asset {asset.Name}", () => Read(asset.Value, id, tags, pictures)))]);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}' is not an export of VoTT: {e.Message}", e);
        }
    }

    private static AnnotatedImage Read(JsonElement record, long id, string[] tags, string imageFolder)
    {
        JsonElement asset = record.Required("asset");
        JsonElement size = asset.Required("size");
        (int height, int width) = (size.Size("height"), size.Size("width"));
        var segments = new List<AnnotatedSegment>();
        foreach (JsonElement region in record.List("regions").EnumerateArray())
        {
            JsonElement regionTags = region.List("tags");
            string tag = regionTags.GetArrayLength() > 0 && regionTags[0].ValueKind == JsonValueKind.String
                ? regionTags[0].GetString()!
                : throw new InvalidDataException("a region has no tag");
            int index = Array.IndexOf(tags, tag);
            segments.Add(index >= 0
                ? AnnotatedSegment.Of(index, Mask(region, height, width))
                : throw new InvalidDataException($"the tag '{tag}' is not among the file's tags"));
        }

        // VoTT writes names as they are in a URL.
        return new AnnotatedImage(Path.Combine(imageFolder, Uri.UnescapeDataString(asset.Text("name"))), id, height, width, segments);
    }

    private static RunLengthMask Mask(JsonElement region, int height, int width)
    {
        if (region.TryGetProperty("points", out JsonElement points) && points.ValueKind == JsonValueKind.Array && points.GetArrayLength() > 2)
        {
            return ShapeMasks.Polygon([.. points.EnumerateArray().SelectMany(point => new[] { point.Number("x"), point.Number("y") })], height, width);
        }

        JsonElement box = region.Required("boundingBox");
        (double left, double top) = (box.Number("left"), box.Number("top"));
        return ShapeMasks.Rectangle(left, top, left + box.Number("width"), top + box.Number("height"), height, width);
    }
}
