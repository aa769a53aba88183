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
        ResampleWeights? vertical = height == source.Height ? null : ResampleWeights.Get(source.Height, height, resampling);
        int firstRow = vertical?.Starts[window.Top] ?? window.Top;
        int endRow = vertical is null ? window.Bottom : vertical.Starts[window.Bottom - 1] + vertical.Counts[window.Bottom - 1];
        byte[]? rented = null;
        try
        {
            if (width == source.Width)
            {
                Deliver(vertical, source.Data + window.Left * source.BytesPerPixel, source.Stride, source.BytesPerPixel, window, sink, kernel);
                return;
            }

            // One vector of padding: the horizontal pass stores four bytes where a pixel may have three.
            nint stride = (nint)window.Width * source.BytesPerPixel + 16;
            rented = ArrayPool<byte>.Shared.Rent(checked((int)((endRow - firstRow) * stride)));
            fixed (byte* narrowed = rented)
            {
                ResampleWeights horizontal = ResampleWeights.Get(source.Width, width, resampling);
                HorizontalPass.Run(source, firstRow, endRow - firstRow, horizontal, window.Left, window.Width, narrowed, stride, kernel);
                Deliver(vertical, narrowed - firstRow * stride, stride, source.BytesPerPixel, window, sink, kernel);
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Runs the vertical pass, if there is one, row by row into the sink.</summary>
    private static void Deliver<TSink>(
        ResampleWeights? vertical, byte* rowZero, nint stride, int bytesPerPixel, PixelWindow window, TSink sink, ResampleKernel kernel)
        where TSink : struct, IPixelRowSink
    {
        if (vertical is null)
        {
            for (int row = 0; row < window.Height; row++)
            {
                sink.Take(row, rowZero + (window.Top + row) * stride);
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
                    sink.Take(row, made);
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
        ReadOnlySpan<int> columns = NearestIndices.Get(source.Width, width).AsSpan(window.Left, window.Width);
        ReadOnlySpan<int> rows = NearestIndices.Get(source.Height, height).AsSpan(window.Top, window.Height);
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
