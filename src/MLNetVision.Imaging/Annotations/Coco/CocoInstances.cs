using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>COCO's instance annotations: polygons, compressed and plain run lengths, crowds; or their boxes alone.</summary>
public static class CocoInstances
{
    private static readonly Dictionary<string, string> Lists = new() { ["images"] = "id", ["annotations"] = "image_id", ["categories"] = "id" };

    /// <summary>What the records of one file share.</summary>
    private sealed record Context(JsonFileIndex File, CocoCategories Categories, CocoImages Images, bool OnlyBoxes);

    /// <summary>Indexes a file; its records are read later. All classes are things unless a category says <c>isthing: 0</c>.</summary>
    /// <param name="path">The JSON file, with images, annotations and categories.</param>
    /// <param name="imageFolder">The folder that the images' file names count from.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <param name="onlyBoxes">Whether segments are boxes alone, so that annotations need no masks and have none here.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static AnnotationSource Open(string path, string imageFolder, SegmentationLoadOptions? options = null, bool onlyBoxes = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(imageFolder);
        options ??= new SegmentationLoadOptions();
        JsonFileIndex file = JsonFileIndex.Read(path, Lists);
        CheckForm(file, path);
        CocoCategories categories = CocoCategories.Read(file, path, () => UsedCategories(path));
        var images = new CocoImages(file, new PictureNames(imageFolder, options.AllowOutsideFolder), options.Orientation);
        var context = new Context(file, categories, images, onlyBoxes);
        ILookup<RecordKey?, JsonFileIndex.Element> annotations = file.Elements("annotations").ToLookup(element => element.Key);
        var imageIds = new HashSet<RecordKey?>();
        var records = new List<AnnotationRecord>();
        foreach ((int place, JsonFileIndex.Element image) in images.Elements.Index())
        {
            bool repeated = image.Key is not null && !imageIds.Add(image.Key);
            records.Add(new AnnotationRecord(CocoImages.NameOf(image), repeated
                ? () => throw new InvalidDataException("the id is there twice")
                : () => Read(context, image, place, image.Key is null ? [] : annotations[image.Key])));
        }

        records.AddRange(annotations.Where(group => !imageIds.Contains(group.Key)).Select(orphans => new AnnotationRecord(
            $"image {orphans.Key?.ToString() ?? "without id"}",
            () => throw new InvalidDataException($"{orphans.Count()} annotation(s) refer to it, but it is not among the images"))));
        return new AnnotationSource(path, categories.Classes, records)
        {
            Notes = [.. categories.Remarks.Select(remark => new BadRecord("categories", remark) { Kind = BadRecordKind.Remark })],
        };
    }

    /// <summary>Whether an annotation has a box and no mask: programs leave the mask out or write an empty one.</summary>
    internal static bool IsBoxAlone(JsonElement annotation) => annotation.Optional("bbox") is { ValueKind: JsonValueKind.Array } box && box.GetArrayLength() > 0 && HasNoMask(annotation);

    private static bool HasNoMask(JsonElement annotation) => annotation.Optional("segmentation") switch
    {
        null => true,
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().All(polygon => polygon.ValueKind == JsonValueKind.Array && polygon.GetArrayLength() == 0),
        _ => false,
    };

    private static void CheckForm(JsonFileIndex file, string path)
    {
        if (file.Elements("annotations") is [var first, ..] && file.Parse([first]).Single().Optional("segments_info") is not null)
        {
            throw new InvalidDataException($"'{path}' holds COCO's panoptic annotations, not instances: its annotations have 'segments_info'. LoadFromCocoPanoptic loads it.");
        }
    }

    private static HashSet<RecordKey> UsedCategories(string path) =>
        [.. JsonFileIndex.Read(path, new Dictionary<string, string> { ["annotations"] = "category_id" }).Elements("annotations").Select(element => element.Key).OfType<RecordKey>()];

    private static AnnotatedImage Read(Context context, JsonFileIndex.Element element, int place, IEnumerable<JsonFileIndex.Element> annotations)
    {
        // In one opening of the file.
        using IEnumerator<JsonElement> parsed = context.File.Parse(annotations.Prepend(element)).GetEnumerator();
        parsed.MoveNext();
        JsonElement image = parsed.Current;
        long id = context.Images.NumberOf(element, place);
        string path = context.Images.PathOf(image);
        (int height, int width) = context.Images.SizeOf(image, path);
        var budget = new OutlineBudget();
        var notes = new AnnotationNotes();
        var segments = new List<AnnotatedSegment>();
        while (parsed.MoveNext())
        {
            JsonElement annotation = parsed.Current;
            if (notes.Try(() => NameOf(annotation), () => ReadSegment(context, annotation, height, width, budget, notes)) is { } segment)
            {
                segments.Add(segment);
            }
        }

        return new AnnotatedImage(path, id, height, width, segments) { Notes = notes.All };
    }

    private static string NameOf(JsonElement annotation) => $"annotation {(annotation.Optional("id") is { } id ? JsonExcerpt.Of(id) : "without id")}";

    private static AnnotatedSegment ReadSegment(Context context, JsonElement annotation, int height, int width, OutlineBudget budget, AnnotationNotes notes)
    {
        int index = context.Categories.ClassOf(annotation.Key("category_id"));
        double[]? box = ReadBox(annotation, notes);
        bool isCrowd = annotation.Flag("iscrowd", absent: false);
        if (context.OnlyBoxes)
        {
            BoundingBox stated = box is null ? CocoSegmentation.ReadUseful(annotation.Required("segmentation"), height, width, budget, out _).Box : new BoundingBox(box[0], box[1], box[2], box[3]);
            return new AnnotatedSegment(index, null, stated, CocoArea.Of(annotation, notes, NameOf) ?? stated.Width * stated.Height, isCrowd);
        }

        if (box is not null && HasNoMask(annotation))
        {
            throw new InvalidDataException("the field 'segmentation' is missing or empty: it has a box but no mask. LoadFromCocoBoxes loads boxes");
        }

        RunLengthMask mask = CocoSegmentation.ReadUseful(annotation.Required("segmentation"), height, width, budget, out int useless);
        if (mask.IsEmpty)
        {
            throw new InvalidDataException("its mask has no pixel");
        }

        if (useless > 0)
        {
            notes.Remark($"{NameOf(annotation)}: {useless} of its polygons are points or lines and are passed over");
        }

        return new AnnotatedSegment(
            index, mask, box is null ? mask.Box : new BoundingBox(box[0], box[1], box[2], box[3]), CocoArea.Of(annotation, notes, NameOf) ?? mask.Area, isCrowd)
        {
            Score = CocoScore.Of(annotation),
        };
    }

    // The mask tells the box as well, so that only a box that says something else is an error.
    private static double[]? ReadBox(JsonElement annotation, AnnotationNotes notes)
    {
        if (annotation.Optional("bbox") is not { } value || value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() == 0)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(JsonFields.IsNoNumber))
        {
            notes.Remark($"{NameOf(annotation)}: the field 'bbox' is {JsonExcerpt.Of(value)}; the mask's box is taken");
            return null;
        }

        double[] box = value.Numbers("bbox");
        return box.Length == 4 && box[2] >= 0 && box[3] >= 0
            ? box
            : throw new InvalidDataException($"the field 'bbox' is {JsonExcerpt.Of(value)}, where x, y, width and height were expected");
    }
}
