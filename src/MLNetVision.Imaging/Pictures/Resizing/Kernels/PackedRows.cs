using System.Runtime.CompilerServices;
using MLNetVision.Imaging.Pictures.Kernels;

namespace MLNetVision.Imaging.Pictures.Resizing.Kernels;

/// <summary>Puts the rows of a resized picture one behind the other.</summary>
internal readonly unsafe struct PackedRows : IPixelRowSink
{
    private readonly byte* _target;
    private readonly nint _rowBytes;

    private PackedRows(byte* target, nint rowBytes)
    {
        _target = target;
        _rowBytes = rowBytes;
    }

    /// <summary>Resizes a picture, or makes a part of the resized one.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="width">The new width.</param>
    /// <param name="height">The new height.</param>
    /// <param name="resampling">The filter.</param>
    /// <param name="window">The part that is wanted.</param>
    /// <param name="target">The new pixels, with as many bytes each as the source's.</param>
    /// <param name="kernel">The instruction set.</param>
    public static void Fill(in PixelView source, int width, int height, Resampling resampling, PixelWindow window, Span<byte> target, ResampleKernel kernel)
    {
        nint rowBytes = (nint)window.Width * source.BytesPerPixel;
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, rowBytes * window.Height, nameof(target));
        fixed (byte* to = target)
        {
            PixelResizer.Run(source, width, height, resampling, window, new PackedRows(to, rowBytes), kernel);
        }
    }

    public void Take(int row, byte* pixels) => Unsafe.CopyBlockUnaligned(_target + row * _rowBytes, pixels, (uint)_rowBytes);
}
