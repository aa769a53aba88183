using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Segmentation;

namespace MLNetVision.Tests.Segmentation;

/// <summary>Makes data views with truth and prediction from segments.</summary>
internal static class SegmentationData
{
    /// <summary>The universal row with both sides.</summary>
    public sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public long ImageId { get; set; }

        [VectorType(2)]
        public int[] ImageSize { get; set; } = [0, 0];

        public uint[] Label { get; set; } = [];

        public string[] Masks { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] IsCrowd { get; set; } = [];

        public double[] Area { get; set; } = [];

        public uint[] PredictedLabel { get; set; } = [];

        public string[] PredictedMasks { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }

    public sealed record Image(long Id, int Height, int Width, IReadOnlyList<Segment> Truth, IReadOnlyList<Segment> Prediction, string Path = "");

    /// <summary>Seeded images with overlapping-free segments; the prediction is the truth with moved edges, lost and invented segments.</summary>
    public static IReadOnlyList<Image> Draw(int count, int classes, int seed, int side = 60)
    {
        var random = new Random(seed);
        var images = new List<Image>();
        for (int i = 0; i < count; i++)
        {
            int height = random.Next(side / 2, side);
            int width = random.Next(side / 2, side);
            images.Add(new Image(10 + 3 * i, height, width, Split(moved: 0), Split(moved: 3)));

            List<Segment> Split(int moved)
            {
                var layout = new Random(seed * 1000 + i);
                int[] map = new int[height * width];
                var segments = new List<(int Class, RunLengthMask Mask)>();
                for (int s = 1; s <= 6; s++)
                {
                    var box = new BoundingBox(layout.Next(width - 8) + random.Next(moved + 1), layout.Next(height - 8) + random.Next(moved + 1), layout.Next(8, width), layout.Next(8, height));
                    int c = layout.Next(classes);
                    LabelMap.Paint(map, RunLengthMask.FromBox(box, height, width), s);
                    segments.Add((moved > 0 && random.Next(6) == 0 ? random.Next(classes) : c, null!));
                }

                return [.. LabelMap.ToMasks(map, height, width, ignored: 0).Select(pair => new Segment
                {
                    Class = segments[pair.Key - 1].Class, Mask = pair.Value, Score = (float)random.NextDouble(), IsCrowd = moved == 0 && pair.Key == 3, Area = moved == 0 ? pair.Value.Area : null,
                })];
            }
        }

        return images;
    }

    /// <summary>One segment for each class: the semantic form of panoptic segments.</summary>
    public static Image ToSemantic(Image image)
    {
        return image with { Truth = Merge(image.Truth), Prediction = Merge(image.Prediction) };

        static List<Segment> Merge(IReadOnlyList<Segment> segments) =>
            [.. segments.GroupBy(segment => segment.Class).Select(group => new Segment { Class = group.Key, Mask = RunLengthMask.Union([.. group.Select(segment => segment.Mask!)]) })];
    }

    public static IDataView View(MLContext ml, IEnumerable<Image> images, string[] names, bool[]? isThing = null, string[]? predictedNames = null)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        AddKeys(schema[SegmentationColumns.Label], names, isThing);
        AddKeys(schema[SegmentationColumns.PredictedLabel], predictedNames ?? names, null);
        return ml.Data.LoadFromEnumerable(images.Select(image => ToRow(image, names, predictedNames ?? names)).ToList(), schema);
    }

    private static void AddKeys(SchemaDefinition.Column column, string[] names, bool[]? isThing)
    {
        column.ColumnType = new VectorDataViewType(new KeyDataViewType(typeof(uint), names.Length));
        column.AddAnnotation("KeyValues", new VBuffer<ReadOnlyMemory<char>>(names.Length, [.. names.Select(name => name.AsMemory())]), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        if (isThing is not null)
        {
            column.AddAnnotation(SegmentationColumns.IsThing, new VBuffer<bool>(isThing.Length, isThing), new VectorDataViewType(BooleanDataViewType.Instance, isThing.Length));
        }
    }

    private static Row ToRow(Image image, string[] names, string[] predictedNames) => new()
    {
        Image = image.Path,
        ImageId = image.Id,
        ImageSize = [image.Height, image.Width],
        Label = [.. image.Truth.Select(segment => (uint)segment.Class + 1)],
        Masks = [.. image.Truth.Select(segment => segment.Mask?.ToCompressed() ?? string.Empty)],
        BoundingBoxes = [.. image.Truth.SelectMany(Corners)],
        IsCrowd = [.. image.Truth.Select(segment => segment.IsCrowd)],
        Area = [.. image.Truth.Select(segment => segment.Area ?? segment.Mask!.Area)],
        PredictedLabel = [.. image.Prediction.Select(segment => (uint)Array.IndexOf(predictedNames, names[segment.Class]) + 1)],
        PredictedMasks = [.. image.Prediction.Select(segment => segment.Mask?.ToCompressed() ?? string.Empty)],
        PredictedBoundingBoxes = [.. image.Prediction.SelectMany(Corners)],
        Score = [.. image.Prediction.Select(segment => (float)segment.Score)],
    };

    private static float[] Corners(Segment segment)
    {
        BoundingBox box = segment.Box ?? segment.Mask!.Box;
        return [(float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom];
    }
}
