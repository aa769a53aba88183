using System.Runtime.InteropServices;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Rendering;
using SkiaSharp;

namespace DrawScenes;

/// <summary>
/// Writes scenes with their truth in the three common forms: COCO panoptic (PNG + JSON), COCO instances (RLE) and
/// semantic label maps (grey PNG: category id).
/// </summary>
internal static class SceneFolder
{
    /// <param name="folder">The folder; what it holds of these forms is deleted before.</param>
    /// <param name="kind">The categories: a class's id is its place, from 1.</param>
    /// <param name="scenes">The scenes, read once.</param>
    public static void Write(string folder, SceneKind kind, IEnumerable<Scene> scenes)
    {
        foreach (string name in new[] { "images", "panoptic", "semantic" })
        {
            string target = Path.Combine(folder, name);
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.CreateDirectory(target);
        }

        SegmentationClass[] classes = [.. kind.Categories.Select(category => new SegmentationClass(category.Name, category.IsThing))];
        SavedRow[] rows = [.. scenes.Select((scene, i) => Write(folder, scene, i + 1))];
        CocoFileWriter.SavePanoptic(classes, rows, Path.Combine(folder, "panoptic.json"), Path.Combine(folder, "panoptic"), () => { });
        CocoFileWriter.SaveInstances(classes, rows, Path.Combine(folder, "instances.json"), () => { });
    }

    private static SavedRow Write(string folder, Scene scene, int id)
    {
        string photo = $"{id:0000}.jpg";
        using (SKBitmap picture = SkiaImages.ToBitmap(new RgbImage(scene.Width, scene.Height, scene.Pixels)))
        {
            Save(Path.Combine(folder, "images", photo), picture, SKEncodedImageFormat.Jpeg);
        }

        using var semantic = new SKBitmap(scene.Width, scene.Height, SKColorType.Gray8, SKAlphaType.Opaque);
        byte[] categories = [.. scene.SegmentOf.Select(segment => (byte)scene.Segments[segment])];
        for (int y = 0; y < scene.Height; y++)
        {
            Marshal.Copy(categories, y * scene.Width, semantic.GetAddress(0, y), scene.Width);
        }

        Save(Path.Combine(folder, "semantic", Path.ChangeExtension(photo, ".png")), semantic, SKEncodedImageFormat.Png);
        return new SavedRow(Path.Combine(folder, "images", photo), photo, id, scene.Height, scene.Width, [.. LabelMap.ToMasks(scene.SegmentOf, scene.Height, scene.Width)
            .Select(segment => new SavedSegment(scene.Segments[segment.Key] - 1, segment.Value, segment.Value.Box, Score: null, IsCrowd: false, segment.Value.Area))]);
    }

    private static void Save(string path, SKBitmap bitmap, SKEncodedImageFormat format)
    {
        using SKData data = bitmap.Encode(format, quality: 92);
        using FileStream file = File.Create(path);
        data.SaveTo(file);
    }
}
