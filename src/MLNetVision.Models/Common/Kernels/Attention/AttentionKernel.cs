using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Kernels.Attention;

/// <summary>Keys and values of one attention head in the order in which products read them.</summary>
internal static unsafe class AttentionPacking
{
    private static int Width => GemmKernels.PanelColumns;

    /// <summary>The floats that the keys of a head take.</summary>
    public static long KeyLength(int keys, int channels) => (long)Panels(keys) * Width * channels;

    /// <summary>The floats that the values of a head take.</summary>
    public static long ValueLength(int keys, int channels) => (long)Panels(channels) * Width * keys;

    public static int Panels(int count) => (count + Width - 1) / Width;

    /// <summary>Transposes one panel of keys: channel by channel, keys beside each other, zeros behind the last.</summary>
    public static void PackKeyPanel(float* keys, int stride, int count, int channels, int panel, float* target)
    {
        int first = panel * Width, used = Math.Min(Width, count - first);
        target += (long)panel * Width * channels;
        if (used < Width)
        {
            new Span<float>(target, Width * channels).Clear();
        }

        for (int key = 0; key < used; key++)
        {
            float* from = keys + (long)(first + key) * stride;
            for (int channel = 0; channel < channels; channel++)
            {
                target[channel * Width + key] = from[channel];
            }
        }
    }

    /// <summary>Cuts values into panels of channels, zeros behind the last channel.</summary>
    public static void PackValues(float* values, int stride, int first, int last, int count, int channels, float* target)
    {
        for (int panel = 0; panel < Panels(channels); panel++, target += (long)Width * count)
        {
            int start = panel * Width, used = Math.Min(Width, channels - start);
            for (int key = first; key < last; key++)
            {
                var to = new Span<float>(target + (long)key * Width, Width);
                new Span<float>(values + (long)key * stride + start, used).CopyTo(to);
                to[used..].Clear();
            }
        }
    }
}

/// <summary>Softmax attention of one head for a block of queries at a time; the queries come scaled.</summary>
/// <param name="Queries">The head's part of the first query.</param>
/// <param name="QueryStride">From one query to the next.</param>
/// <param name="QueryCount">The queries.</param>
/// <param name="Keys">Packed keys.</param>
/// <param name="Values">Packed values.</param>
/// <param name="KeyCount">The keys.</param>
/// <param name="Channels">The channels of the head.</param>
/// <param name="Bias">Added to the scores, a row for each query, or 0.</param>
/// <param name="Mask">Added to the scores too, or 0.</param>
/// <param name="BiasStride">From one row of bias and mask to the next; the keys filled up to whole panels.</param>
/// <param name="Output">The head's part of the first result.</param>
/// <param name="OutputStride">From one result to the next.</param>
internal readonly unsafe record struct AttentionHead(
    nint Queries, int QueryStride, int QueryCount, nint Keys, nint Values, int KeyCount, int Channels,
    nint Bias, nint Mask, int BiasStride, nint Output, int OutputStride)
{
    private static int Width => GemmKernels.PanelColumns;

    /// <summary>The blocks of queries.</summary>
    public int Blocks => (QueryCount + GemmKernels.BlockRows - 1) / GemmKernels.BlockRows;

    /// <summary>Computes all queries.</summary>
    public void Compute()
    {
        for (int block = 0; block < Blocks; block++)
        {
            Compute(block);
        }
    }

    /// <summary>Computes one block of queries.</summary>
    public void Compute(int block)
    {
        int first = block * GemmKernels.BlockRows, used = Math.Min(GemmKernels.BlockRows, QueryCount - first);
        int padded = AttentionPacking.Panels(KeyCount) * Width, pitch = MatrixProduct.RowPitch(padded);
        using ScratchLoan scoresLoan = ThreadScratch.Take(Scratch.Scores, (long)(GemmKernels.BlockRows + GemmKernels.ReadableRows) * pitch, out float* scores);
        float* zeros = stackalloc float[Width];
        new Span<float>(zeros, Width).Clear();
        Scores(first, used, scores, pitch, zeros);

        float* scales = stackalloc float[GemmKernels.BlockRows];
        for (int row = 0; row < used; row++)
        {
            long offset = (long)(first + row) * BiasStride;
            scales[row] = 1 / SoftmaxRow.Exponentiate(
                scores + row * pitch, KeyCount, padded, Bias == 0 ? null : (float*)Bias + offset, Mask == 0 ? null : (float*)Mask + offset);
        }

        float* sums = stackalloc float[GemmKernels.BlockRows * Width];
        var tile = new GemmTile
        {
            A = scores,
            APitch = pitch,
            Runs = 1,
            RunLength = KeyCount,
            B = (float*)Values,
            Start = zeros,
            Scale = scales,
            C = sums,
            CPitch = Width,
            Rows = used,
        };
        for (int start = 0; start < Channels; start += Width, tile.B += (long)Width * KeyCount)
        {
            GemmKernels.Compute(in tile, Width);
            int count = Math.Min(Width, Channels - start);
            for (int row = 0; row < used; row++)
            {
                new ReadOnlySpan<float>(sums + row * Width, count).CopyTo(new Span<float>((float*)Output + (long)(first + row) * OutputStride + start, count));
            }
        }
    }

    /// <summary>Queries times keys.</summary>
    private void Scores(int first, int used, float* scores, int pitch, float* zeros)
    {
        // Copied, because a tile may read beyond its last row.
        int queryPitch = MatrixProduct.RowPitch(Channels);
        using ScratchLoan rowsLoan = ThreadScratch.Take(Scratch.Queries, (long)(GemmKernels.BlockRows + GemmKernels.ReadableRows) * queryPitch, out float* rows);
        var queries = new Rows(Queries, Channels, QueryStride);
        for (int row = 0; row < used; row++)
        {
            queries.Copy(first + row, rows + row * queryPitch);
        }

        var tile = new GemmTile
        {
            A = rows,
            APitch = queryPitch,
            Runs = 1,
            RunLength = Channels,
            B = (float*)Keys,
            Start = zeros,
            C = scores,
            CPitch = pitch,
            Rows = used,
        };
        for (int start = 0; start < KeyCount; start += Width, tile.B += (long)Width * Channels, tile.C += Width)
        {
            GemmKernels.Compute(in tile, Width);
        }
    }
}
