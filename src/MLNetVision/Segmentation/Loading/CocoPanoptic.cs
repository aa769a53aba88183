using System.Text.Json;
using MLNetVision.Models.Common.Imaging;
using MLNetVision.Models.Common.Masks;

namespace MLNetVision.Segmentation.Loading;

/// <summary>COCO's panoptic annotations: a JSON file and a folder of PNGs whose colours are segment ids, R + 256 G + 65536 B; 0 is void.</summary>
internal static class CocoPanoptic
{
    private const int Void = 0;

    public static AnnotationSource Open(string path, string imageFolder, string maskFolder)
    {
        JsonFileIndex file = JsonFileIndex.Read(path, new Dictionary<string, string> { ["images"] = "id", ["annotations"] = "image_id", ["categories"] = "id" });
        CocoCategories categories = CocoCategories.Read(file, path);
        ILookup<long?, JsonFileIndex.Element> images = file.Elements("images").ToLookup(element => element.Key);
        return new AnnotationSource(path, categories.Classes, [.. file.Elements("annotations").Select(annotation => new AnnotationRecord(
            $"image {annotation.Key?.ToString() ?? $"of the annotation at byte {annotation.Offset}"}",
            () => Read(file, annotation, [.. images[annotation.Key]], categories, imageFolder, maskFolder)))]);
    }

    private static AnnotatedImage Read(
        JsonFileIndex file, JsonFileIndex.Element annotationElement, JsonFileIndex.Element[] images, CocoCategories categories, string imageFolder, string maskFolder)
    {
        if (annotationElement.Key is null || images.Length != 1)
        {
            throw new InvalidDataException($"expected one image with this id among the images, found {(annotationElement.Key is null ? 0 : images.Length)}");
        }

        JsonElement image = file.Parse(images).Single();
        JsonElement annotation = file.Parse([annotationElement]).Single();
        RgbImage colours = ImageDecoder.Decode(Path.Combine(maskFolder, annotation.Text("file_name")));
        (int height, int width) = (image.Size("height"), image.Size("width"));
        if ((colours.Height, colours.Width) != (height, width))
        {
            throw new InvalidDataException($"the mask is {colours.Height}×{colours.Width}, but the image is {height}×{width} (height×width)");
        }

        IReadOnlyDictionary<int, RunLengthMask> masks = LabelMap.ToMasks(SegmentIds(colours), height, width, ignored: Void);
        var segments = new List<AnnotatedSegment>();
        var ids = new HashSet<int>();
        foreach (JsonElement info in annotation.List("segments_info").EnumerateArray())
        {
            int id = (int)info.Whole("id");
            if (!masks.TryGetValue(id, out RunLengthMask? mask) || !ids.Add(id))
            {
                throw new InvalidDataException($"segment {id} has no pixel in the mask, or is there twice");
            }

            segments.Add(new AnnotatedSegment(
                categories.ClassOf(info.Whole("category_id")), mask, mask.Box,
                info.TryGetProperty("area", out _) ? info.Number("area") : mask.Area, info.Flag("iscrowd", absent: false)));
        }

        int[] unknown = [.. masks.Keys.Where(id => !ids.Contains(id))];
        return unknown.Length == 0
            ? new AnnotatedImage(Path.Combine(imageFolder, image.Text("file_name")), image.Whole("id"), height, width, segments)
            : throw new InvalidDataException($"the mask has segment {unknown[0]}, which segments_info lacks");
    }

    private static int[] SegmentIds(RgbImage colours)
    {
        int[] ids = new int[colours.Width * colours.Height];
        ReadOnlySpan<byte> pixels = colours.Pixels;
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = pixels[3 * i] | (pixels[3 * i + 1] << 8) | (pixels[3 * i + 2] << 16);
        }

        return ids;
    }
}
