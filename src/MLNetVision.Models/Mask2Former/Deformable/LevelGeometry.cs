using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Deformable;

/// <summary>What deformable attention needs to know about the levels' places.</summary>
/// <param name="Levels">The levels in the order of the sequence.</param>
/// <param name="Sizes">(levels, 2): width and height.</param>
/// <param name="ReferencePoints">(sequence, 2): x and y of each pixel's centre, 0 to 1 over its level.</param>
internal sealed record LevelGeometry(IReadOnlyList<MapSize> Levels, Tensor Sizes, Tensor ReferencePoints);

/// <summary>The geometries of the sizes that were seen last, on each device.</summary>
internal sealed class LevelGeometries : IDisposable
{
    private const int KeptSizes = 16;

    private readonly TensorsBySize<string> _sizes = new(KeptSizes);
    private readonly TensorsBySize<string> _referencePoints = new(KeptSizes);

    /// <summary>A geometry; its tensors belong to the dispose scope of the caller.</summary>
    /// <param name="levels">The levels in the order of the sequence.</param>
    /// <param name="states">The features, whose device and type the geometry has, but at least float32.</param>
    public LevelGeometry Get(IReadOnlyList<MapSize> levels, Tensor states)
    {
        ScalarType type = states.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        string key = string.Join(' ', levels.Select(level => $"{level.Height}x{level.Width}"));
        return new LevelGeometry(
            levels,
            _sizes.Get(key, states.device, type, _ => tensor(levels.SelectMany(level => new[] { (float)level.Width, level.Height }).ToArray(), [levels.Count, 2])),
            _referencePoints.Get(key, states.device, type, _ => cat([.. levels.Select(Centres)])));
    }

    public void Dispose()
    {
        _sizes.Dispose();
        _referencePoints.Dispose();
    }

    private static Tensor Centres(MapSize level)
    {
        Tensor x = TensorNumbers.Range(0, level.Width, float32).Plus(0.5).Over(level.Width);
        Tensor y = TensorNumbers.Range(0, level.Height, float32).Plus(0.5).Over(level.Height);
        return stack([x.unsqueeze(0).expand(level.Height, level.Width), y.unsqueeze(1).expand(level.Height, level.Width)], -1).reshape(-1, 2);
    }
}
