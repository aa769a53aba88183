using System.Text.Json;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>The JSON export of VoTT: polygons and rectangles with tags. A region with several tags becomes one segment of its first tag.</summary>
internal static class VottAnnotations
{
    public static AnnotationSource Open(string path, string imageFolder, SegmentationLoadOptions options)
    {
        var pictures = new NamedFiles(imageFolder, options.AllowOutsideFolder);
        using JsonDocument document = JsonFields.ParseFile(path);
        JsonElement root = document.RootElement;
        try
        {
            string[] tags = [.. root.List("tags").EnumerateArray().Select(tag => tag.Text("name"))];
            ILookup<string, int> classOfTag = tags.Index().ToLookup(tag => tag.Item, tag => tag.Index, StringComparer.Ordinal);
            List<JsonProperty> assets = [.. root.Required("assets").Clone().EnumerateObject()];
            return new AnnotationSource(path, [.. tags.Select(tag => new SegmentationClass(tag, IsThing: true))],
                [.. assets.Select((asset, id) => new AnnotationRecord(NameOf(asset, id), () => Read(asset.Value, id, classOfTag, pictures)))]);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{path}' is not an export of VoTT: {e.Message}", e);
        }
    }

    private static string NameOf(JsonProperty asset, int number)
    {
        try
        {
            return $"asset {asset.Name}";
        }
        catch (InvalidOperationException)
        {
            return $"asset number {number}"; // its name is not valid text
        }
    }

    private static AnnotatedImage Read(JsonElement record, long id, ILookup<string, int> classOfTag, NamedFiles pictures)
    {
        JsonElement asset = record.Required("asset");
        JsonElement size = asset.Required("size");
        (int height, int width) = size.PictureSize("height", "width");
        var budget = new OutlineBudget();
        var segments = new List<AnnotatedSegment>();
        foreach (JsonElement region in record.List("regions").EnumerateArray())
        {
            JsonElement regionTags = region.List("tags");
            string tag = regionTags.GetArrayLength() > 0 && regionTags[0].ValueKind == JsonValueKind.String
                ? JsonFields.AsText(regionTags[0], "tags")
                : throw new InvalidDataException("a region has no tag");
            segments.Add(classOfTag[tag].Any()
                ? AnnotatedSegment.Of(classOfTag[tag].First(), Mask(region, height, width, budget))
                : throw new InvalidDataException($"the tag '{tag}' is not among the file's tags"));
        }

        // VoTT writes names as they are in a URL.
        return new AnnotatedImage(pictures.Find(Uri.UnescapeDataString(asset.Text("name"))), id, height, width, segments);
    }

    private static RunLengthMask Mask(JsonElement region, int height, int width, OutlineBudget budget)
    {
        if (region.TryGetProperty("points", out JsonElement points) && points.ValueKind == JsonValueKind.Array && points.GetArrayLength() > 2)
        {
            return ShapeMasks.Polygon([.. points.EnumerateArray().SelectMany(point => new[] { point.Number("x"), point.Number("y") })], height, width, budget);
        }

        JsonElement box = region.Required("boundingBox");
        (double left, double top) = (box.Number("left"), box.Number("top"));
        return ShapeMasks.Rectangle(left, top, left + box.Number("width"), top + box.Number("height"), height, width, budget);
    }
}
