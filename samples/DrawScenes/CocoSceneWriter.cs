using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNetVision.Imaging.Masks;
using SkiaSharp;

namespace DrawScenes;

/// <summary>
/// Writes scenes with their truth in the three common forms: COCO panoptic (PNG + JSON), COCO instances (RLE) and
/// semantic label maps (grey PNG: category id, 255 where there is none).
/// </summary>
internal sealed class CocoSceneWriter
{
    private readonly string _folder;
    private readonly string _split;
    private readonly IReadOnlyList<SceneCategory> _categories;
    private readonly JsonArray _images = [];
    private readonly JsonArray _panoptic = [];
    private readonly JsonArray _instances = [];

    public CocoSceneWriter(string folder, string split, IReadOnlyList<SceneCategory> categories)
    {
        (_folder, _split, _categories) = (folder, split, categories);
        foreach (string name in new[] { "images", "panoptic", "semantic" })
        {
            string target = Path.Combine(folder, split, name);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.CreateDirectory(target);
        }
    }

    public void Add(Scene scene)
    {
        int imageId = _images.Count + 1;
        string photo = $"{imageId:0000}.jpg";
        string file = $"{imageId:0000}.png";
        _images.Add(new JsonObject { ["id"] = imageId, ["file_name"] = photo, ["width"] = scene.Width, ["height"] = scene.Height });

        var segmentsInfo = new JsonArray();
        foreach ((int i, RunLengthMask mask) in LabelMap.ToMasks(scene.SegmentOf, scene.Height, scene.Width))
        {
            PixelBox box = mask.Box;
            int category = scene.Segments[i];
            JsonObject annotation() => new()
            {
                ["category_id"] = category,
                ["area"] = mask.Area,
                ["bbox"] = new JsonArray(box.X, box.Y, box.Width, box.Height),
                ["iscrowd"] = 0,
            };
            JsonObject segment = annotation();
            segment["id"] = i + 1;
            segmentsInfo.Add(segment);
            if (_categories.Single(c => c.Id == category).IsThing)
            {
                JsonObject instance = annotation();
                instance["id"] = _instances.Count + 1;
                instance["image_id"] = imageId;
                instance["segmentation"] = new JsonObject { ["size"] = new JsonArray(scene.Height, scene.Width), ["counts"] = mask.ToCompressed() };
                _instances.Add(instance);
            }
        }

        _panoptic.Add(new JsonObject { ["image_id"] = imageId, ["file_name"] = file, ["segments_info"] = segmentsInfo });
        SaveRgb(Path.Combine(_folder, _split, "images", photo), scene.Width, scene.Height, p => (scene.Pixels[3 * p], scene.Pixels[3 * p + 1], scene.Pixels[3 * p + 2]));
        SaveRgb(Path.Combine(_folder, _split, "panoptic", file), scene.Width, scene.Height, p => ((byte)(scene.SegmentOf[p] + 1), 0, 0));
        SaveGrey(Path.Combine(_folder, _split, "semantic", file), scene.Width, scene.Height, [.. scene.SegmentOf.Select(s => (byte)scene.Segments[s])]);
    }

    public void Save()
    {
        JsonArray categories(bool thingsOnly) => [.. _categories.Where(c => c.IsThing || !thingsOnly).Select(c => (JsonNode)new JsonObject
        {
            ["id"] = c.Id,
            ["name"] = c.Name,
            ["supercategory"] = c.IsThing ? "thing" : "stuff",
            ["isthing"] = c.IsThing ? 1 : 0,
        })];
        SaveJson("panoptic.json", _panoptic, categories(thingsOnly: false));
        SaveJson("instances.json", _instances, categories(thingsOnly: true));
    }

    private void SaveJson(string name, JsonArray annotations, JsonArray categories) => File.WriteAllText(
        Path.Combine(_folder, _split, name),
        new JsonObject { ["images"] = _images.DeepClone(), ["annotations"] = annotations, ["categories"] = categories }.ToJsonString(JsonSerializerOptions.Default) + "\n");

    private static void SaveRgb(string path, int width, int height, Func<int, (byte R, byte G, byte B)> color)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Pixels = [.. Enumerable.Range(0, width * height).Select(p => color(p) is var (r, g, b) ? new SKColor(r, g, b) : default)];
        Save(path, bitmap);
    }

    private static void SaveGrey(string path, int width, int height, byte[] values)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        for (int y = 0; y < height; y++)
        {
            Marshal.Copy(values, y * width, bitmap.GetAddress(0, y), width);
        }

        Save(path, bitmap);
    }

    private static void Save(string path, SKBitmap bitmap)
    {
        SKEncodedImageFormat format = Path.GetExtension(path) == ".jpg" ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png;
        using SKData data = bitmap.Encode(format, quality: 92);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
    }
}
