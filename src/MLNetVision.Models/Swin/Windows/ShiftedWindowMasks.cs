using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Windows.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin.Windows;

/// <summary>
/// The masks of shifted windows (Swin, section 3.2, "cyclic-shifting"): after the shift, windows at the right and
/// bottom edge hold parts that are no neighbours, which may not attend to each other. Computed once per size; safe to
/// use from several threads.
/// </summary>
internal sealed class ShiftedWindowMasks(int window) : IDisposable
{
    private const float Blocked = -100; // as the reference has it: added to a score, it makes the weight vanish
    private const int KeptSizes = 16;

    private readonly TensorsBySize<MapSize> _masks = new(KeptSizes);

    /// <summary>The same masks by the window's place in the map.</summary>
    public PackedWindowMasks OfWindows { get; } = new(window);

    /// <summary>The mask of a padded map, (windows, window², window²): 0, or -100 where attention is blocked.</summary>
    public Tensor Get(long height, long width, Device device, ScalarType type) => _masks.Get(new MapSize((int)height, (int)width), device, type, size => Compute(size.Height, size.Width));

    public void Dispose() => _masks.Dispose();

    private Tensor Compute(long height, long width)
    {
        Tensor rows = Regions(height).unsqueeze(1).Times(3);
        Tensor regions = rows.Plus(Regions(width).unsqueeze(0)).view(1, height, width, 1);
        Tensor windows = SwinWindows.Partition(regions, window).squeeze(-1);
        Tensor differs = windows.unsqueeze(1).ne(windows.unsqueeze(2));
        return differs.to(float32).Scale(Blocked);
    }

    /// <summary>For each row (or column) of the shifted map: 0 inside, 1 in the last window before the cut, 2 behind the cut.</summary>
    private Tensor Regions(long size)
    {
        int shift = window / 2;
        var regions = new long[size];
        for (long i = Math.Max(0, size - window); i < size; i++)
        {
            regions[i] = i < size - shift ? 1 : 2;
        }

        return tensor(regions);
    }
}
