using System.Text.Json;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations;

/// <summary>COCO's instance annotations: polygons, compressed and plain run lengths, crowds.</summary>
internal static class CocoInstances
{
    public static AnnotationSource Open(string path, string imageFolder, SegmentationLoadOptions options)
    {
        var pictures = new NamedFiles(imageFolder, options.AllowOutsideFolder);
        JsonFileIndex file = JsonFileIndex.Read(path, new Dictionary<string, string> { ["images"] = "id", ["annotations"] = "image_id", ["categories"] = "id" });
        CocoCategories categories = CocoCategories.Read(file, path);
        ILookup<long?, JsonFileIndex.Element> annotations = file.Elements("annotations").ToLookup(element => element.Key);
        var imageIds = new HashSet<long?>();
        var records = new List<AnnotationRecord>();
        foreach (JsonFileIndex.Element image in file.Elements("images"))
        {
            string name = $"image {image.Key?.ToString() ?? $"at byte {image.Offset}"}";
            bool repeated = image.Key is not null && !imageIds.Add(image.Key);
            records.Add(new AnnotationRecord(name, repeated
                ? () => throw new InvalidDataException("the id is there twice")
                : () => Read(file, image, annotations[image.Key], categories, pictures)));
        }

        records.AddRange(annotations.Where(group => !imageIds.Contains(group.Key)).Select(orphans => new AnnotationRecord(
            $"image {orphans.Key?.ToString() ?? "without id"}",
            () => throw new InvalidDataException($"{orphans.Count()} annotation(s) refer to it, but it is not among the images"))));
        return new AnnotationSource(path, categories.Classes, records);
    }

    private static AnnotatedImage Read(JsonFileIndex file, JsonFileIndex.Element element, IEnumerable<JsonFileIndex.Element> annotations, CocoCategories categories, NamedFiles pictures)
    {
        JsonElement image = file.Parse([element]).Single();
        (int height, int width) = image.PictureSize("height", "width");
        var budget = new OutlineBudget();
        var segments = new List<AnnotatedSegment>();
        foreach (JsonElement annotation in file.Parse(annotations))
        {
            try
            {
                segments.Add(ReadSegment(annotation, height, width, categories, budget));
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                string id = annotation.ValueKind == JsonValueKind.Object && annotation.TryGetProperty("id", out JsonElement value) ? JsonExcerpt.Of(value) : "without id";
                throw new InvalidDataException($"annotation {id}: {e.Message}", e);
            }
        }

        return new AnnotatedImage(pictures.Find(image.Text("file_name")), image.Whole("id"), height, width, segments);
    }

    private static AnnotatedSegment ReadSegment(JsonElement annotation, int height, int width, CocoCategories categories, OutlineBudget budget)
    {
        RunLengthMask mask = CocoSegmentation.Read(annotation.Required("segmentation"), height, width, budget);
        double[]? box = annotation.TryGetProperty("bbox", out JsonElement bbox) ? bbox.Numbers("bbox") : null;
        if (box is not null && (box.Length != 4 || box[2] < 0 || box[3] < 0))
        {
            throw new InvalidDataException($"the field 'bbox' is {JsonExcerpt.Of(bbox)}, where x, y, width and height were expected");
        }

        return new AnnotatedSegment(
            categories.ClassOf(annotation.Whole("category_id")),
            mask,
            box is null ? mask.Box : new PixelBox(box[0], box[1], box[2], box[3]),
            annotation.TryGetProperty("area", out _) ? annotation.Number("area") : mask.Area,
            annotation.Flag("iscrowd", absent: false));
    }
}
