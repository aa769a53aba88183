using Microsoft.ML;
using MLNetVision.Imaging.Masks;
using MLNetVision.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Segmentation.Saving;

/// <summary>Seeded scenes with pictures, to be saved and loaded again: parts, holes, crowds, classes that are stuff.</summary>
internal static class SavedScenes
{
    public const int Height = 40, Width = 60;

    /// <summary>The row with all that is compared.</summary>
    public sealed class Row
    {
        public string Image { get; set; } = string.Empty;

        public int[] ImageSize { get; set; } = [];

        public uint[] Label { get; set; } = [];

        public string[] Masks { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] IsCrowd { get; set; } = [];

        public RunLengthMask Mask(int segment) => RunLengthMask.FromCompressed(Masks[segment], ImageSize[0], ImageSize[1]);
    }

    /// <summary>Rows of a class for each name; segments do not overlap, the last one of each row is a crowd if that is asked for.</summary>
    public static IDataView Draw(MLContext ml, TemporaryFolder folder, int images, string[] names, bool crowds = false, int seed = 3)
    {
        var random = new Random(seed);
        var rows = new List<SegmentedImage>();
        for (int i = 0; i < images; i++)
        {
            string picture = folder[$"pictures/{(i % 2 == 0 ? $"scene {i}" : $"sub/{i}")}.png"];
            File.WriteAllBytes(picture, PngWriter.Write(Width, Height, 8, PngWriter.Grey, [.. Enumerable.Range(0, Width * Height).Select(_ => (byte)random.Next(256))]));
            int[] map = new int[Width * Height];
            for (int s = 1; s <= 5; s++)
            {
                // Later boxes cut earlier ones into parts and make holes in them.
                LabelMap.Paint(map, RunLengthMask.FromBox(new BoundingBox(random.Next(Width - 9), random.Next(Height - 9), random.Next(4, 30), random.Next(4, 20)), Height, Width), s);
            }

            RunLengthMask[] masks = [.. LabelMap.ToMasks(map, Height, Width, ignored: 0).Values];
            rows.Add(new SegmentedImage
            {
                Image = picture, ImageId = i, ImageSize = [Height, Width], Label = [.. masks.Select((_, s) => names[(i + s) % names.Length])], Masks = [.. masks.Select(mask => mask.ToCompressed())],
                BoundingBoxes = [.. masks.SelectMany(mask => new[] { (float)mask.Box.X, (float)mask.Box.Y, (float)mask.Box.Right, (float)mask.Box.Bottom })],
                IsCrowd = [.. masks.Select((_, s) => crowds && s == masks.Length - 1)], Area = [.. masks.Select(mask => (double)mask.Area)],
            });
        }

        // All classes in their order, whatever the first rows have.
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(ml.Data.LoadFromEnumerable(Enumerable.Repeat(new SegmentedImage { Label = names }, 1))).Transform(ml.Data.LoadFromEnumerable(rows));
    }

    public static Row[] Rows(MLContext ml, IDataView data) => [.. ml.Data.CreateEnumerable<Row>(data, reuseRowObject: false)];
}
