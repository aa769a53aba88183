using System.Text.Json;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Imaging.Annotations.Coco;

/// <summary>Writes COCO's instance and panoptic files, row by row, beside their place and then moved there.</summary>
internal static class CocoFileWriter
{
    /// <summary>Writes an instance file: the segments of things.</summary>
    /// <param name="classes">The classes; a class's category id is its place here, from 1.</param>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="path">The file.</param>
    /// <param name="checkAlive">Called for each row; throws where the work was cancelled.</param>
    public static void SaveInstances(IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string path, Action checkAlive)
    {
        long annotationId = 0;
        Save(classes, rows, path, checkAlive, onlyThings: true, (writer, row, isThing) =>
        {
            foreach (SavedSegment segment in row.Segments.Where(segment => isThing[segment.Class]))
            {
                writer.WriteStartObject();
                writer.WriteNumber("id", ++annotationId);
                writer.WriteNumber("image_id", row.Id);
                WriteSegment(writer, segment);
                writer.WritePropertyName("segmentation");
                CocoSegmentation.Write(writer, segment.Mask!);
                writer.WriteEndObject();
            }
        });
    }

    /// <summary>Writes a panoptic file and the pictures of its masks.</summary>
    /// <param name="classes">The classes; a class's category id is its place here, from 1.</param>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="path">The file.</param>
    /// <param name="maskFolder">The folder of the pictures.</param>
    /// <param name="checkAlive">Called for each row; throws where the work was cancelled.</param>
    public static void SavePanoptic(IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string path, string maskFolder, Action checkAlive)
    {
        Directory.CreateDirectory(maskFolder);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        Save(classes, rows, path, checkAlive, onlyThings: false, (writer, row, _) =>
        {
            string file = Path.ChangeExtension(row.FileName, ".png");
            if (!files.TryAdd(file, row.FileName))
            {
                throw new InvalidDataException($"The masks of '{files[file]}' and '{row.FileName}' would be the same file '{file}'.");
            }

            PanopticPng.Save(Path.Combine(maskFolder, file), row);
            writer.WriteStartObject();
            writer.WriteNumber("image_id", row.Id);
            writer.WriteString("file_name", file);
            writer.WriteStartArray("segments_info");
            for (int i = 0; i < row.Segments.Count; i++)
            {
                writer.WriteStartObject();
                writer.WriteNumber("id", i + 1);
                WriteSegment(writer, row.Segments[i]);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static void Save(
        IReadOnlyList<SegmentationClass> classes, IEnumerable<SavedRow> rows, string path, Action checkAlive, bool onlyThings,
        Action<Utf8JsonWriter, SavedRow, bool[]> writeAnnotations)
    {
        bool[] isThing = [.. classes.Select(c => c.IsThing)];
        AtomicFile.Write(path, stream =>
        {
            var images = new List<(string FileName, long Id, int Height, int Width)>();
            using var writer = new Utf8JsonWriter(stream);
            writer.WriteStartObject();
            writer.WriteStartArray("annotations");
            foreach (SavedRow row in rows)
            {
                checkAlive();
                images.Add((row.FileName, row.Id, row.Height, row.Width));
                writeAnnotations(writer, row, isThing);
            }

            writer.WriteEndArray();
            WriteImages(writer, images);
            WriteCategories(writer, classes, onlyThings);
            writer.WriteEndObject();
        });
    }

    private static void WriteSegment(Utf8JsonWriter writer, SavedSegment segment)
    {
        BoundingBox box = segment.Mask!.Box;
        writer.WriteNumber("category_id", segment.Class + 1);
        writer.WriteNumber("area", segment.Area);
        writer.WriteStartArray("bbox");
        foreach (double number in new[] { box.X, box.Y, box.Width, box.Height })
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
        writer.WriteNumber("iscrowd", segment.IsCrowd ? 1 : 0);
        if (segment.Score is { } score)
        {
            writer.WriteNumber("score", score);
        }
    }

    private static void WriteImages(Utf8JsonWriter writer, List<(string FileName, long Id, int Height, int Width)> images)
    {
        writer.WriteStartArray("images");
        foreach ((string fileName, long id, int height, int width) in images)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            writer.WriteString("file_name", fileName);
            writer.WriteNumber("height", height);
            writer.WriteNumber("width", width);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteCategories(Utf8JsonWriter writer, IReadOnlyList<SegmentationClass> classes, bool onlyThings)
    {
        writer.WriteStartArray("categories");
        for (int i = 0; i < classes.Count; i++)
        {
            if (onlyThings && !classes[i].IsThing)
            {
                continue;
            }

            writer.WriteStartObject();
            writer.WriteNumber("id", i + 1);
            writer.WriteString("name", classes[i].Name);
            writer.WriteNumber("isthing", classes[i].IsThing ? 1 : 0);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
