using System.Buffers;
using System.Runtime.CompilerServices;
using MLNetVision.Imaging.Pictures.Kernels;
using MLNetVision.Imaging.Pictures.Resizing.Filters;

namespace MLNetVision.Imaging.Pictures.Resizing.Kernels;

/// <summary>Takes the rows of a picture as they get ready, from the top.</summary>
internal unsafe interface IPixelRowSink
{
    /// <summary>Takes one row.</summary>
    /// <param name="row">Its number within the window that was asked for.</param>
    /// <param name="pixels">The window's pixels, with as many bytes each as the source's.</param>
    void Take(int row, byte* pixels);
}

/// <summary>
/// Resizes as Pillow does, byte for byte: horizontal pass, then vertical pass, each rounded to bytes, an axis that keeps
/// its length left out. Only the rows and columns that the window needs are made.
/// </summary>
internal static unsafe class PixelResizer
{
    /// <summary>The most bytes between the two passes; a result whose rows need more is made in bands.</summary>
    private const long LargestBand = 64 << 20;

    /// <summary>Hands the rows of a window of the resized picture to a sink.</summary>
    /// <param name="source">The picture.</param>
    /// <param name="width">The resized picture's columns.</param>
    /// <param name="height">The resized picture's rows.</param>
    /// <param name="resampling">The filter.</param>
    /// <param name="window">The part of the resized picture that is wanted.</param>
    /// <param name="sink">Takes the rows.</param>
    /// <param name="kernel">The instruction set; the best one by default.</param>
    public static void Run<TSink>(
        in PixelView source, int width, int height, Resampling resampling, PixelWindow window, TSink sink, ResampleKernel? kernel = null)
        where TSink : struct, IPixelRowSink
    {
        if (width == source.Width && height == source.Height)
        {
            for (int row = 0; row < window.Height; row++)
            {
                sink.Take(row, source.Row(window.Top + row) + window.Left * source.BytesPerPixel);
            }
        }
        else if (resampling == Resampling.Nearest)
        {
            RunNearest(source, width, height, window, sink);
        }
        else
        {
            RunFiltered(source, width, height, resampling, window, sink, kernel ?? ResampleKernels.Best);
        }
    }

    private static void RunFiltered<TSink>(
        in PixelView source, int width, int height, Resampling resampling, PixelWindow window, TSink sink, ResampleKernel kernel)
        where TSink : struct, IPixelRowSink
    {
        for (int top = window.Top; top < window.Bottom;)
        {
            ResampleWeights? vertical = height == source.Height ? null : ResampleWeights.Get(source.Height, height, resampling, top, window.Bottom);
            int bottom = Math.Min(window.Bottom, vertical?.End ?? window.Bottom);
            while (width != source.Width && bottom > top + 1 && SourceRows(vertical, top, bottom).Count * NarrowedStride(source, window) > LargestBand)
            {
                bottom = top + (bottom - top) / 2;
            }

            RunBand(source, width, resampling, vertical, window with { Top = top, Height = bottom - top }, top - window.Top, sink, kernel);
            top = bottom;
        }
    }

    /// <summary>Both passes for some rows of the window.</summary>
    private static void RunBand<TSink>(
        in PixelView source, int width, Resampling resampling, ResampleWeights? vertical, PixelWindow band, int firstTaken, TSink sink, ResampleKernel kernel)
        where TSink : struct, IPixelRowSink
    {
        if (width == source.Width)
        {
            Deliver(vertical, source.Data + (nint)band.Left * source.BytesPerPixel, source.Stride, source.BytesPerPixel, band, firstTaken, sink, kernel);
            return;
        }

        (int firstRow, long rows) = SourceRows(vertical, band.Top, band.Bottom);
        nint stride = NarrowedStride(source, band);
        byte[] rented = ArrayPool<byte>.Shared.Rent(checked((int)(rows * stride)));
        try
        {
            fixed (byte* narrowed = rented)
            {
                for (int left = band.Left; left < band.Right;)
                {
                    ResampleWeights horizontal = ResampleWeights.Get(source.Width, width, resampling, left, band.Right);
                    int right = Math.Min(band.Right, horizontal.End);
                    byte* target = narrowed + (nint)(left - band.Left) * source.BytesPerPixel;
                    HorizontalPass.Run(source, firstRow, (int)rows, horizontal, left, right - left, target, stride, kernel);
                    left = right;
                }

                Deliver(vertical, narrowed - firstRow * stride, stride, source.BytesPerPixel, band, firstTaken, sink, kernel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The rows of the source that some rows of the result are made of.</summary>
    private static (int First, long Count) SourceRows(ResampleWeights? vertical, int top, int bottom)
    {
        if (vertical is null)
        {
            return (top, bottom - top);
        }

        int first = vertical.Starts[top - vertical.First], last = bottom - 1 - vertical.First;
        return (first, vertical.Starts[last] + vertical.Counts[last] - first);
    }

    /// <summary>From row to row after the horizontal pass, which stores four bytes where a pixel may have three.</summary>
    private static nint NarrowedStride(in PixelView source, PixelWindow window) => (nint)window.Width * source.BytesPerPixel + 16;

    /// <summary>Runs the vertical pass, if there is one, row by row into the sink.</summary>
    private static void Deliver<TSink>(
        ResampleWeights? vertical, byte* rowZero, nint stride, int bytesPerPixel, PixelWindow window, int firstTaken, TSink sink, ResampleKernel kernel)
        where TSink : struct, IPixelRowSink
    {
        if (vertical is null)
        {
            for (int row = 0; row < window.Height; row++)
            {
                sink.Take(firstTaken + row, rowZero + (window.Top + row) * stride);
            }

            return;
        }

        int rowBytes = checked(window.Width * bytesPerPixel);
        byte[] rented = ArrayPool<byte>.Shared.Rent(rowBytes);
        try
        {
            fixed (byte* made = rented)
            {
                for (int row = 0; row < window.Height; row++)
                {
                    VerticalPass.Run(vertical, window.Top + row, rowZero, stride, made, rowBytes, kernel);
                    sink.Take(firstTaken + row, made);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void RunNearest<TSink>(in PixelView source, int width, int height, PixelWindow window, TSink sink)
        where TSink : struct, IPixelRowSink
    {
        ReadOnlySpan<int> columns = NearestIndices.Get(source.Width, width, window.Left, window.Width);
        ReadOnlySpan<int> rows = NearestIndices.Get(source.Height, height, window.Top, window.Height);
        int bytesPerPixel = source.BytesPerPixel;
        byte[] rented = ArrayPool<byte>.Shared.Rent(checked(window.Width * bytesPerPixel));
        try
        {
            fixed (byte* made = rented)
            {
                for (int row = 0; row < rows.Length; row++)
                {
                    if (row == 0 || rows[row] != rows[row - 1])
                    {
                        byte* from = source.Row(rows[row]);
                        byte* to = made;
                        foreach (int column in columns)
                        {
                            Unsafe.CopyBlockUnaligned(to, from + (nint)column * bytesPerPixel, 3);
                            to += bytesPerPixel;
                        }
                    }

                    sink.Take(row, made);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
