using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>The JSON export of VoTT: polygons and rectangles with tags. A region with several tags becomes one segment of its first tag.</summary>
public static class VottAnnotations
{
    /// <summary>What helps in drawing and has no inside.</summary>
    private static readonly string[] Helps = ["POINT", "POLYLINE"];

    /// <summary>The state of pictures that nobody looked at.</summary>
    private const int NotVisited = 0;

    /// <summary>What the records of an export share.</summary>
    private sealed record Context(Dictionary<string, int> ClassOfTag, PictureNames Pictures, SegmentationLoadOptions Options);

    /// <summary>Reads an export; its masks are made later.</summary>
    /// <param name="path">The exported JSON file.</param>
    /// <param name="imageFolder">The folder of pictures; null for that of the file.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static AnnotationSource Open(string path, string? imageFolder = null, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        imageFolder ??= Path.GetDirectoryName(Path.GetFullPath(path))!;
        options ??= new SegmentationLoadOptions();
        using JsonDocument document = JsonFields.ParseFile(path);
        JsonElement root = document.RootElement;
        try
        {
            string[] tags = [.. root.List("tags").EnumerateArray().Select(tag => tag.Text("name")).Distinct(StringComparer.Ordinal)];
            var context = new Context(
                tags.Index().ToDictionary(tag => tag.Item, tag => tag.Index, StringComparer.Ordinal), new PictureNames(imageFolder, options.AllowOutsideFolder), options);
            List<JsonProperty> assets = [.. root.Required("assets").Clone().EnumerateObject()];
            return new AnnotationSource(path, [.. tags.Select(tag => new SegmentationClass(tag, IsThing: true))],
                [.. assets.Select((asset, id) => new AnnotationRecord(NameOf(asset, id), () => Read(asset.Value, id, context)))]);
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

    private static AnnotatedImage Read(JsonElement record, long id, Context context)
    {
        JsonElement asset = record.Required("asset");

        JsonElement regions = record.List("regions");
        if (regions.GetArrayLength() == 0 && asset.Optional("state") is { } state && RecordKey.Of(state) is { Text: null, Number: NotVisited })
        {
            throw new InvalidDataException("it was never opened in VoTT (state 0): nothing says whether objects are in it");
        }

        // VoTT writes names as they are in a URL.
        string path = context.Pictures.Find(asset.Optional("name") is null ? PictureNames.OfUrl(asset.Text("path")) ?? asset.Text("name") : asset.Text("name"), isUrl: true);
        (int height, int width) = asset.Optional("size")?.PictureSize("height", "width") ?? PictureFrame.SizeOf(path, context.Options.Orientation);
        var budget = new OutlineBudget();
        var notes = new AnnotationNotes();
        var segments = new List<AnnotatedSegment>();
        foreach ((int index, JsonElement region) in regions.EnumerateArray().Index())
        {
            string Name() => $"region {(region.Optional("id") is { ValueKind: JsonValueKind.String } name ? JsonFields.AsText(name, "id") : $"{index}")}";
            if (region.Optional("type") is { ValueKind: JsonValueKind.String } && region.Text("type") is var type && Helps.Contains(type))
            {
                notes.Remark($"{Name()} is a {type}, no object, and is passed over");
            }
            else if (notes.Try(Name, () => AnnotatedSegment.Of(ClassOf(region, context), Mask(region, height, width, budget))) is { } segment)
            {
                segments.Add(segment);
                if (region.List("tags").GetArrayLength() > 1)
                {
                    notes.Remark($"{Name()} has several tags, of which the first is taken: {JsonExcerpt.Of(region.List("tags"))}");
                }
            }
        }

        return new AnnotatedImage(path, id, height, width, segments) { Notes = notes.All };
    }

    private static int ClassOf(JsonElement region, Context context)
    {
        JsonElement tags = region.List("tags");
        string tag = tags.GetArrayLength() > 0 && tags[0].ValueKind == JsonValueKind.String
            ? JsonFields.AsText(tags[0], "tags")
            : throw new InvalidDataException("it has no tag");
        return context.ClassOfTag.TryGetValue(tag, out int index) ? index : throw new InvalidDataException($"the tag '{tag}' is not among the file's tags");
    }

    private static RunLengthMask Mask(JsonElement region, int height, int width, OutlineBudget budget)
    {
        RunLengthMask mask;
        if (region.Optional("points") is { ValueKind: JsonValueKind.Array } points && points.GetArrayLength() > 2)
        {
            mask = ShapeMasks.Polygon([.. points.EnumerateArray().SelectMany(point => new[] { point.Number("x"), point.Number("y") })], height, width, budget);
        }
        else
        {
            JsonElement box = region.Required("boundingBox");
            (double left, double top) = (box.Number("left"), box.Number("top"));
            mask = ShapeMasks.Rectangle(left, top, left + box.Number("width"), top + box.Number("height"), height, width, budget);
        }

        return mask.IsEmpty ? throw new InvalidDataException("it has no pixel within the picture") : mask;
    }
}
