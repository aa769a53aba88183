using DrawScenes;
using static TorchSharp.torch;

namespace PretrainScenes;

/// <summary>Scenes like those of datasets/digit-scenes, any number of them.</summary>
internal sealed class PaintedScenes
{
    /// <summary>The grid cell of stuff, which cross-entropy ignores.</summary>
    public const int NoCell = -100;

    private const double LeastStuff = 0.1;
    private readonly SceneKind _kind;

    private PaintedScenes(SceneKind kind) => _kind = kind;

    /// <summary>The classes in the order of the category ids.</summary>
    public IReadOnlyList<string> ClassNames => [.. _kind.Categories.Select(category => category.Name)];

    /// <summary>The number of thing classes, which come first.</summary>
    public int ThingCount => _kind.Things.Count;

    public IReadOnlyList<string> ThingNames => [.. ClassNames.Take(ThingCount)];

    public static PaintedScenes FromDigits(string digits) =>
        new(SceneKind.Digits(digits));

    /// <summary>Writes scenes as COCO files, unless they are there already; the folder of them.</summary>
    public string Write(string folder, int count, int firstSeed)
    {
        string target = Path.Combine(folder, $"scenes-{firstSeed}-{count}");
        if (!File.Exists(Path.Combine(target, "instances.json")))
        {
            SceneFolder.Write(target, _kind, Enumerable.Range(firstSeed, count).Select(seed => ScenePainter.Paint(_kind, new Random(seed))));
        }

        return target;
    }

    /// <summary>Paints square scenes; dispose of them.</summary>
    public PaintedBatch Paint(int count, int side, Random random, int grid)
    {
        var pixels = new byte[count * side * side * 3];
        var classes = new long[count * side * side];
        var cells = new long[count * side * side];
        for (int i = 0; i < count; i++)
        {
            Scene scene = ScenePainter.Paint(_kind, random, side, side);
            scene.Pixels.CopyTo(pixels.AsSpan(i * side * side * 3));
            long[] cellOf = CellsOf(scene, grid);
            for (int p = 0; p < side * side; p++)
            {
                classes[i * side * side + p] = scene.Segments[scene.SegmentOf[p]] - 1;
                cells[i * side * side + p] = cellOf[scene.SegmentOf[p]];
            }
        }

        return new PaintedBatch(side, tensor(pixels, [count, side, side, 3]), tensor(classes, [count, side, side]), tensor(cells, [count, side, side]));
    }

    private long[] CellsOf(Scene scene, int grid)
    {
        var cells = new long[scene.Segments.Count];
        for (int segment = 0; segment < cells.Length; segment++)
        {
            if (!_kind.Categories[scene.Segments[segment] - 1].IsThing)
            {
                cells[segment] = NoCell;
                continue;
            }

            (double x, double y) = MiddleOf(scene, segment);
            cells[segment] = (int)(y * grid / scene.Height) * grid + (int)(x * grid / scene.Width);
        }

        return cells;
    }

    /// <summary>Paints square scenes and cuts a square out around each thing in them; dispose of the result.</summary>
    public CropBatch PaintCrops(int count, int sceneSide, int side, Random random)
    {
        var pixels = new byte[count * side * side * 3];
        var things = new long[count];
        var stuff = new float[count * _kind.Stuff.Count];
        for (int crop = 0; crop < count;)
        {
            Scene scene = ScenePainter.Paint(_kind, random, sceneSide, sceneSide);
            for (int segment = 0; segment < scene.Segments.Count && crop < count; segment++)
            {
                if (_kind.Categories[scene.Segments[segment] - 1].IsThing)
                {
                    things[crop] = scene.Segments[segment] - 1;
                    CutAround(scene, segment, side, pixels.AsSpan(crop * side * side * 3), stuff.AsSpan(crop * _kind.Stuff.Count, _kind.Stuff.Count));
                    crop++;
                }
            }
        }

        return new CropBatch(tensor(pixels, [count, side, side, 3]), tensor(things), tensor(stuff, [count, _kind.Stuff.Count]));
    }

    private static (double X, double Y) MiddleOf(Scene scene, int segment)
    {
        int[] own = [.. Enumerable.Range(0, scene.SegmentOf.Length).Where(p => scene.SegmentOf[p] == segment)];
        return (own.Average(p => p % scene.Width), own.Average(p => p / scene.Width));
    }

    private void CutAround(Scene scene, int segment, int side, Span<byte> pixels, Span<float> stuff)
    {
        (double x, double y) = MiddleOf(scene, segment);
        int left = Math.Clamp((int)x - side / 2, 0, scene.Width - side);
        int top = Math.Clamp((int)y - side / 2, 0, scene.Height - side);
        for (int row = 0; row < side; row++)
        {
            int from = (top + row) * scene.Width + left;
            scene.Pixels.AsSpan(from * 3, side * 3).CopyTo(pixels[(row * side * 3)..]);
            foreach (int other in scene.SegmentOf.AsSpan(from, side))
            {
                int kind = scene.Segments[other] - 1 - ThingCount;
                if (kind >= 0)
                {
                    stuff[kind]++;
                }
            }
        }

        for (int kind = 0; kind < stuff.Length; kind++)
        {
            stuff[kind] = stuff[kind] >= LeastStuff * side * side ? 1 : 0;
        }
    }
}
