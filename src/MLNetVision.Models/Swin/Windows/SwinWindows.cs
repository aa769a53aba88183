using static TorchSharp.torch;

namespace MLNetVision.Models.Swin.Windows;

/// <summary>Cuts maps into square windows and puts them together again.</summary>
internal static class SwinWindows
{
    /// <summary>From (batch, height, width, channels), both sides multiples of the window,
    /// to (batch * windows, window * window, channels).</summary>
    public static Tensor Partition(Tensor map, int window)
    {
        long[] shape = map.shape;
        return map.view(shape[0], shape[1] / window, window, shape[2] / window, window, shape[3])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, window * window, shape[3]);
    }

    /// <summary>The inverse of <see cref="Partition"/>.</summary>
    public static Tensor Merge(Tensor windows, int window, long height, long width) =>
        windows.view(-1, height / window, width / window, window, window, windows.shape[^1])
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(-1, height, width, windows.shape[^1]);
}
