using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>Some lines of a map.</summary>
/// <param name="First">The first; it may lie before the map.</param>
/// <param name="Count">Their number.</param>
/// <param name="Step">From one to the next.</param>
internal readonly record struct LineRange(int First, int Count, int Step = 1);

/// <summary>
/// Some lines of a map with channels last and zeros around them, copied to memory that stays in the running thread's
/// cache: the patch of a pixel is one run for each line of a kernel, and products read it where it lies.
/// </summary>
internal readonly unsafe struct PaddedLines
{
    private readonly nint _start;
    private readonly LineRange _rows;
    private readonly int _before;

    /// <param name="memory">Memory for the lines, of <see cref="Floats"/>.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="image">The image.</param>
    /// <param name="rows">The rows; those outside the map are zeros.</param>
    /// <param name="before">The columns of zeros before the first.</param>
    /// <param name="width">The pixels of a line, zeros included; a map that is wider is cut.</param>
    public PaddedLines(float* memory, in MapMemory maps, int image, LineRange rows, int before, int width)
    {
        (_rows, _before, Channels, LineStride) = (rows, before, maps.Channels, (nint)width * maps.Channels);
        float* line = memory;
        _start = (nint)memory;
        int copied = Math.Min(maps.Width, width - before);
        for (int i = 0; i < rows.Count; i++, line += LineStride)
        {
            int row = rows.First + i * rows.Step;
            var pixels = new Span<float>(line, checked((int)LineStride));
            if ((uint)row >= (uint)maps.Height)
            {
                pixels.Clear();
                continue;
            }

            pixels[..(before * Channels)].Clear();
            pixels[((before + copied) * Channels)..].Clear();
            if (maps.ChannelsLast)
            {
                new ReadOnlySpan<float>(maps.Line(image, row), copied * Channels).CopyTo(pixels[(before * Channels)..]);
            }
            else
            {
                LinearPacking.Transpose(maps.Line(image, row), (nint)maps.Height * maps.Width, Channels, copied, line + before * Channels, Channels);
            }
        }
    }

    /// <summary>The channels of a pixel.</summary>
    public int Channels { get; }

    /// <summary>From one line to the next, in floats.</summary>
    public nint LineStride { get; }

    /// <summary>The floats that lines take. Tiles read whole rows of pixels, wanted or not: what lies behind the last line must be readable.</summary>
    /// <param name="channels">The channels of a pixel.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="width">The pixels of a line, zeros included.</param>
    public static long Floats(int channels, int lines, int width) => (lines + 1L + GemmKernels.ReadableRows) * width * channels;

    /// <summary>A pixel's channels; rows and columns are those of the map, so that zeros before it have negative ones.</summary>
    public float* At(int row, int column) => (float*)_start + (row - _rows.First) / _rows.Step * LineStride + (nint)(column + _before) * Channels;
}
