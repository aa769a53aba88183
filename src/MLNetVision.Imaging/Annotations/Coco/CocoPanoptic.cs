using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;

namespace MLNetVision.Imaging.Annotations;

/// <summary>COCO's panoptic annotations: a JSON file and a folder of PNGs whose colours are segment ids, R + 256 G + 65536 B; 0 is void.</summary>
internal static class CocoPanoptic
{
    public static AnnotationSource Open(string path, string imageFolder, string maskFolder, SegmentationLoadOptions options)
    {
        var pictures = new NamedFiles(imageFolder, options.AllowOutsideFolder);
        var masks = new NamedFiles(maskFolder, options.AllowOutsideFolder);
        JsonFileIndex file = JsonFileIndex.Read(path, new Dictionary<string, string> { ["images"] = "id", ["annotations"] = "image_id", ["categories"] = "id" });
        CocoCategories categories = CocoCategories.Read(file, path);
        ILookup<long?, JsonFileIndex.Element> images = file.Elements("images").ToLookup(element => element.Key);
        return new AnnotationSource(path, categories.Classes, [.. file.Elements("annotations").Select(annotation => new AnnotationRecord(
            $"image {annotation.Key?.ToString() ?? $"of the annotation at byte {annotation.Offset}"}",
            () => Read(file, annotation, [.. images[annotation.Key]], categories, pictures, masks)))]);
    }

    private static AnnotatedImage Read(
        JsonFileIndex file, JsonFileIndex.Element annotationElement, JsonFileIndex.Element[] images, CocoCategories categories, NamedFiles pictures, NamedFiles maskFiles)
    {
        if (annotationElement.Key is null || images.Length != 1)
        {
            throw new InvalidDataException($"expected one image with this id among the images, found {(annotationElement.Key is null ? 0 : images.Length)}");
        }

        JsonElement image = file.Parse(images).Single();
        JsonElement annotation = file.Parse([annotationElement]).Single();
        string maskFile = annotation.Text("file_name");
        (int height, int width) = image.PictureSize("height", "width");
        RgbImage colours = ImageDecoder.Decode(maskFiles.Find(maskFile));
        if ((colours.Height, colours.Width) != (height, width))
        {
            throw new InvalidDataException($"the mask is {colours.Height}×{colours.Width}, but the image is {height}×{width} (height×width)");
        }

        JsonElement[] infos = [.. annotation.List("segments_info").EnumerateArray()];
        IReadOnlyList<RunLengthMask> masks = PanopticIdMap.ToMasks(
            PanopticIdMap.FromRgb(colours.Pixels), height, width, [.. infos.Select(SegmentId)], maskFile);
        AnnotatedSegment[] segments = [.. infos.Zip(masks, (info, mask) => new AnnotatedSegment(
            categories.ClassOf(info.Whole("category_id")), mask, mask.Box,
            info.TryGetProperty("area", out _) ? info.Number("area") : mask.Area, info.Flag("iscrowd", absent: false)))];
        return new AnnotatedImage(pictures.Find(image.Text("file_name")), image.Whole("id"), height, width, segments);
    }

    private static int SegmentId(JsonElement info) =>
        info.Whole("id") is var id && id is > PanopticIdMap.Void and <= PanopticIdMap.Largest
            ? (int)id
            : throw new InvalidDataException($"a segment has the id {id}, but ids are colours of three bytes, from 1 to {PanopticIdMap.Largest}");
}
