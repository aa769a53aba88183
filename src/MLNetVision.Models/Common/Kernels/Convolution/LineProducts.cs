using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>What a pixel of a result reads of a map.</summary>
/// <param name="Row">The first row that pixel (0, 0) reads.</param>
/// <param name="Column">The first column that it reads.</param>
/// <param name="Rows">The rows that each pixel reads.</param>
/// <param name="Columns">The columns that it reads.</param>
/// <param name="Stride">From one pixel's first to the next pixel's.</param>
internal readonly record struct Patches(int Row, int Column, int Rows, int Columns, int Stride);

/// <summary>Every so many-th pixel of a map.</summary>
/// <param name="Step">From one pixel to the next, in both directions.</param>
/// <param name="Row">The first row.</param>
/// <param name="Column">The first column.</param>
internal readonly record struct Grid(int Step, int Row, int Column);

/// <summary>Where a result goes: the pixels of a grid in maps with channels last.</summary>
/// <param name="Start">The first image.</param>
/// <param name="Height">The rows of a map.</param>
/// <param name="Width">The columns of a map.</param>
/// <param name="Channels">The channels.</param>
/// <param name="Grid">The pixels.</param>
internal readonly unsafe record struct PixelGrid(nint Start, int Height, int Width, int Channels, Grid Grid)
{
    /// <summary>The grid's rows.</summary>
    public int Rows => (Height - Grid.Row + Grid.Step - 1) / Grid.Step;

    /// <summary>The grid's columns.</summary>
    public int Columns => (Width - Grid.Column + Grid.Step - 1) / Grid.Step;

    /// <summary>From one pixel of the grid to the next.</summary>
    public nint Pitch => (nint)Grid.Step * Channels;

    /// <summary>The first pixel of a row of the grid.</summary>
    public float* At(int image, int row) => (float*)Start + (((long)image * Height + row * Grid.Step + Grid.Row) * Width + Grid.Column) * Channels;
}

/// <summary>Products of patches, read where they lie, with packed weights.</summary>
internal static unsafe class LineProducts
{
    private const int CopiedPixels = 112;

    /// <summary>Computes lines of a result on the calling thread.</summary>
    /// <param name="lines">What the patches are read from.</param>
    /// <param name="patches">The patches.</param>
    /// <param name="panels">The weights.</param>
    /// <param name="target">The result.</param>
    /// <param name="image">The image of the result.</param>
    /// <param name="rows">The lines of the result: the first and the one behind the last.</param>
    public static void Compute(PaddedLines lines, Patches patches, PackedPanels panels, PixelGrid target, int image, (int First, int End) rows)
    {
        for (int panel = 0; panel < panels.Panels; panel++)
        {
            int pitch = panels.Columns(panel), used = panels.Used(panel);
            for (int row = rows.First; row < rows.End; row++)
            {
                var tile = new GemmTile
                {
                    A = lines.At(row * patches.Stride + patches.Row, patches.Column), APitch = patches.Stride * lines.Channels,
                    Runs = patches.Rows, RunStride = lines.LineStride, RunLength = patches.Columns * lines.Channels,
                    B = panels.Panel(panel), Start = panels.Bias(panel),
                    C = target.At(image, row) + panel * GemmKernels.PanelColumns, CPitch = target.Pitch, Rows = target.Columns,
                };
                if (used == pitch)
                {
                    GemmKernels.Compute(in tile, pitch);
                }
                else
                {
                    ComputePart(tile, pitch, used);
                }
            }
        }
    }

    // Columns that fill the panel up must not be written over the next pixel.
    private static void ComputePart(GemmTile tile, int pitch, int used)
    {
        (int pixels, nint targetPitch) = (tile.Rows, tile.CPitch);
        using ScratchLoan copiedLoan = ThreadScratch.Take(Scratch.Projected, CopiedPixels * pitch, out float* copied);
        float* target = tile.C;
        tile.C = copied;
        tile.CPitch = pitch;
        for (int first = 0; first < pixels; first += CopiedPixels, tile.A += CopiedPixels * tile.APitch)
        {
            tile.Rows = Math.Min(CopiedPixels, pixels - first);
            GemmKernels.Compute(in tile, pitch);
            for (int pixel = 0; pixel < tile.Rows; pixel++)
            {
                new ReadOnlySpan<float>(copied + pixel * pitch, used).CopyTo(new Span<float>(target + (first + pixel) * targetPitch, used));
            }
        }
    }
}
