using DrawScenes;
using TorchSharp;
using static TorchSharp.torch;

namespace PretrainScenes;

/// <summary>Pictures with the truth of every pixel.</summary>
/// <param name="Side">The height and width.</param>
/// <param name="Pixels">Uint8, (batch, side, side, 3).</param>
/// <param name="Classes">Int64, (batch, side, side): the class of each pixel's segment.</param>
/// <param name="Cells">Int64, (batch, side, side): the grid cell of the middle of each pixel's thing; −100 for stuff.</param>
internal sealed record PaintedBatch(int Side, Tensor Pixels, Tensor Classes, Tensor Cells) : IDisposable
{
    public void Dispose()
    {
        Pixels.Dispose();
        Classes.Dispose();
        Cells.Dispose();
    }
}

/// <summary>Scenes like those of datasets/digit-scenes, any number of them.</summary>
internal sealed class PaintedScenes
{
    private readonly SceneKind _kind;

    private PaintedScenes(SceneKind kind) => _kind = kind;

    /// <summary>The classes in the order of the category ids.</summary>
    public IReadOnlyList<string> ClassNames => [.. _kind.Categories.Select(category => category.Name)];

    public static PaintedScenes FromDigits(string digits) =>
        new(new SceneKind(DigitStamps.Load(digits), [StuffTexture.Stripes, StuffTexture.Checks, StuffTexture.Dots, StuffTexture.Waves]));

    /// <summary>Writes scenes as COCO files, unless they are there already; the folder of them.</summary>
    public string Write(string folder, int count, int firstSeed)
    {
        string target = Path.Combine(folder, $"scenes-{count}");
        if (!File.Exists(Path.Combine(target, "train", "instances.json")))
        {
            var writer = new CocoSceneWriter(target, "train", _kind.Categories);
            for (int i = 0; i < count; i++)
            {
                writer.Add(ScenePainter.Paint(_kind, new Random(firstSeed + i)));
            }

            writer.Save();
        }

        return Path.Combine(target, "train");
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
                cells[segment] = -100;
                continue;
            }

            int[] own = [.. Enumerable.Range(0, scene.SegmentOf.Length).Where(p => scene.SegmentOf[p] == segment)];
            int x = (int)(own.Average(p => p % scene.Width) * grid / scene.Width);
            int y = (int)(own.Average(p => p / scene.Width) * grid / scene.Height);
            cells[segment] = y * grid + x;
        }

        return cells;
    }
}
