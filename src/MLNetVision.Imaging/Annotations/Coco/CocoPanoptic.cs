using System.Text.Json;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>COCO's panoptic annotations: a JSON file and a folder of PNGs whose colours are segment ids, R + 256 G + 65536 B; 0 is void.</summary>
public static class CocoPanoptic
{
    private static readonly Dictionary<string, string> Lists = new() { ["images"] = "id", ["annotations"] = "image_id", ["categories"] = "id" };

    /// <summary>What the records of one file share.</summary>
    private sealed record Context(JsonFileIndex File, CocoCategories Categories, CocoImages Images, PictureNames Masks);

    /// <summary>Indexes a file; its records and pictures are read later.</summary>
    /// <param name="path">The JSON file, with images, annotations and categories.</param>
    /// <param name="imageFolder">The folder that the images' file names count from.</param>
    /// <param name="maskFolder">The folder of the PNG masks; null for the file's own name without ".json", as COCO has it.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form.</exception>
    public static AnnotationSource Open(string path, string imageFolder, string? maskFolder = null, SegmentationLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(imageFolder);
        maskFolder ??= Path.ChangeExtension(path, null);
        options ??= new SegmentationLoadOptions();
        JsonFileIndex file = JsonFileIndex.Read(path, Lists);
        CheckForm(file, path);
        CocoCategories categories = CocoCategories.Read(file, path, readUsed: null);
        var context = new Context(
            file, categories, new CocoImages(file, new PictureNames(imageFolder, options.AllowOutsideFolder), options.Orientation), new PictureNames(maskFolder, options.AllowOutsideFolder));
        ILookup<RecordKey?, (JsonFileIndex.Element Element, int Place)> images = context.Images.Elements.Select((element, place) => (element, place)).ToLookup(image => image.element.Key);
        var annotated = new HashSet<RecordKey?>();
        return new AnnotationSource(path, categories.Classes, [.. file.Elements("annotations").Select(annotation => RecordOf(context, annotation, [.. images[annotation.Key]], annotated))])
        {
            Notes =
            [
                .. categories.Remarks.Select(remark => new BadRecord("categories", remark) { Kind = BadRecordKind.Remark }),
                .. PictureNotes.Of(path, [.. images.Where(image => !annotated.Contains(image.Key)).Select(image => CocoImages.NameOf(image.First().Element))], "image(s) have no annotation and are passed over"),
            ],
        };
    }

    // A second annotation would count all of its picture twice.
    private static AnnotationRecord RecordOf(Context context, JsonFileIndex.Element annotation, (JsonFileIndex.Element Element, int Place)[] images, HashSet<RecordKey?> annotated)
    {
        bool isRepeated = annotation.Key is not null && !annotated.Add(annotation.Key);
        return new AnnotationRecord(
            $"image {annotation.Key?.ToString() ?? $"of the annotation at byte {annotation.Offset}"}",
            isRepeated ? () => throw new InvalidDataException("it has a second annotation; the first is used") : () => Read(context, annotation, images));
    }

    private static void CheckForm(JsonFileIndex file, string path)
    {
        if (file.Elements("annotations") is [var first, ..] && file.Parse([first]).Single() is var annotation && annotation.Optional("segments_info") is null
            && (annotation.Optional("segmentation") ?? annotation.Optional("bbox")) is not null)
        {
            throw new InvalidDataException($"'{path}' holds COCO's instance annotations, not panoptic ones: its annotations have no 'segments_info'. LoadFromCocoInstances loads it.");
        }
    }

    private static AnnotatedImage Read(Context context, JsonFileIndex.Element annotationElement, (JsonFileIndex.Element Element, int Place)[] images)
    {
        if (annotationElement.Key is null || images.Length != 1)
        {
            throw new InvalidDataException($"expected one image with this id among the images, found {(annotationElement.Key is null ? 0 : images.Length)}");
        }

        JsonElement[] parsed = [.. context.File.Parse([images[0].Element, annotationElement])];
        (JsonElement image, JsonElement annotation) = (parsed[0], parsed[1]);
        string path = context.Images.PathOf(image);
        (int Height, int Width)? stated = image.PictureSize("height", "width");
        string maskFile = annotation.Optional("file_name") is null ? Path.ChangeExtension(Path.GetFileName(path), ".png") : annotation.Text("file_name");
        RgbImage colours = ImageDecoder.Decode(context.Masks.Find(maskFile));
        (int height, int width) = (colours.Height, colours.Width);
        if (stated is { } size && size != (height, width))
        {
            throw new InvalidDataException($"the mask is {height}×{width}, but the image is {size.Height}×{size.Width} (height×width)");
        }

        var notes = new AnnotationNotes();
        IReadOnlyDictionary<int, RunLengthMask> masks = LabelMap.ToMasks(PanopticIdMap.FromRgb(colours.Pixels), height, width, ignored: PanopticIdMap.Void);
        var listed = new HashSet<int>();
        var segments = new List<AnnotatedSegment>();
        foreach (JsonElement info in annotation.List("segments_info").EnumerateArray())
        {
            if (notes.Try(() => NameOf(info), () => ReadSegment(context, info, masks, listed, notes)) is { } segment)
            {
                segments.Add(segment);
            }
        }

        int[] unlisted = [.. masks.Keys.Where(id => !listed.Contains(id))];
        if (unlisted.Length > 0)
        {
            notes.LeaveOut($"'{maskFile}' has pixels of the ids {string.Join(", ", unlisted.Take(5))}{(unlisted.Length > 5 ? ", …" : string.Empty)}, which 'segments_info' does not list: they are void");
        }

        return new AnnotatedImage(path, context.Images.NumberOf(images[0].Element, images[0].Place), height, width, segments) { Notes = notes.All };
    }

    private static AnnotatedSegment ReadSegment(
        Context context, JsonElement info, IReadOnlyDictionary<int, RunLengthMask> masks, HashSet<int> listed, AnnotationNotes notes)
    {
        int id = SegmentId(info);
        if (!listed.Add(id))
        {
            throw new InvalidDataException("its id is listed twice");
        }

        RunLengthMask mask = masks.GetValueOrDefault(id) ?? throw new InvalidDataException("no pixel of the mask has its id");
        return new AnnotatedSegment(
            context.Categories.ClassOf(info.Key("category_id")), mask, mask.Box, CocoArea.Of(info, notes, NameOf) ?? mask.Area, info.Flag("iscrowd", absent: false))
        {
            Score = CocoScore.Of(info),
        };
    }

    private static string NameOf(JsonElement info) => $"segment {(info.Optional("id") is { } id ? JsonExcerpt.Of(id) : "without id")}";

    private static int SegmentId(JsonElement info) =>
        info.Whole("id") is var id && id is > PanopticIdMap.Void and <= PanopticIdMap.Largest
            ? (int)id
            : throw new InvalidDataException($"a segment has the id {id}, but ids are colours of three bytes, from 1 to {PanopticIdMap.Largest}");
}
