using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>Keys and values of one attention head in the order in which products read them.</summary>
internal static unsafe class AttentionPacking
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>The floats that the keys of a head take.</summary>
    public static int KeyLength(int keys, int channels) => Panels(keys) * Width * channels;

    /// <summary>The floats that the values of a head take.</summary>
    public static int ValueLength(int keys, int channels) => Panels(channels) * Width * keys;

    public static int Panels(int count) => (count + Width - 1) / Width;

    /// <summary>Transposes one panel of 32 keys: channel by channel, keys beside each other, zeros behind the last.</summary>
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

    /// <summary>Cuts values into panels of 32 channels, zeros behind the last channel.</summary>
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

/// <summary>Softmax attention of one head for twelve queries at a time; the queries come scaled.</summary>
/// <param name="Queries">The head's part of the first query.</param>
/// <param name="QueryStride">From one query to the next.</param>
/// <param name="QueryCount">The queries.</param>
/// <param name="Keys">Packed keys.</param>
/// <param name="Values">Packed values.</param>
/// <param name="KeyCount">The keys.</param>
/// <param name="Channels">The channels of the head.</param>
/// <param name="Bias">Added to the scores, a row for each query, or 0.</param>
/// <param name="Mask">Added to the scores too, or 0.</param>
/// <param name="BiasStride">From one row of bias and mask to the next; a multiple of 32.</param>
/// <param name="Output">The head's part of the first result.</param>
/// <param name="OutputStride">From one result to the next.</param>
internal readonly unsafe record struct AttentionHead(
    nint Queries, int QueryStride, int QueryCount, nint Keys, nint Values, int KeyCount, int Channels,
    nint Bias, nint Mask, int BiasStride, nint Output, int OutputStride)
{
    private const int Width = PackedMatrix.PanelWidth;

    /// <summary>The blocks of twelve queries.</summary>
    public int Blocks => (QueryCount + MatrixKernel.Rows - 1) / MatrixKernel.Rows;

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
        int first = block * MatrixKernel.Rows, used = Math.Min(MatrixKernel.Rows, QueryCount - first);
        float* scores = ThreadScratch.Get(Scratch.Scores, MatrixKernel.BlockLength(KeyCount) + MatrixKernel.Rows * Width);
        float* sums = scores + MatrixKernel.BlockLength(KeyCount);
        float* scales = stackalloc float[MatrixKernel.Rows];
        Scores(first, used, scores, sums);
        for (int row = 0; row < used; row++)
        {
            scales[row] = 1 / Softmax(scores + row * MatrixKernel.RowStride);
        }

        float* values = (float*)Values;
        for (int start = 0; start < Channels; start += Width, values += (long)Width * KeyCount)
        {
            MatrixKernel.Multiply(scores, values, KeyCount, sums);
            int count = Math.Min(Width, Channels - start);
            for (int row = 0; row < used; row++)
            {
                float* to = (float*)Output + (long)(first + row) * OutputStride + start;
                for (int i = 0; i < count; i++)
                {
                    to[i] = sums[row * Width + i] * scales[row];
                }
            }
        }
    }

    private void Scores(int first, int used, float* scores, float* sums)
    {
        float* rows = ThreadScratch.Get(Scratch.Queries, MatrixKernel.BlockLength(Channels));
        var queries = new Rows(Queries, Channels, QueryStride);
        for (int row = 0; row < used; row++)
        {
            queries.Copy(first + row, rows + row * MatrixKernel.RowStride);
        }

        float* keys = (float*)Keys;
        for (int start = 0; start < KeyCount; start += Width, keys += (long)Width * Channels)
        {
            MatrixKernel.Multiply(rows, keys, Channels, sums);
            float* to = scores + start / MatrixKernel.Chunk * MatrixKernel.ChunkStride + start % MatrixKernel.Chunk;
            for (int row = 0; row < used; row++)
            {
                AddBias(sums + row * Width, (long)(first + row) * BiasStride + start, to + row * MatrixKernel.RowStride);
            }
        }

        // What fills the last panel up has no weight.
        int last = KeyCount / MatrixKernel.Chunk * MatrixKernel.ChunkStride + KeyCount % MatrixKernel.Chunk;
        int filling = (Width - KeyCount % Width) % Width;
        for (int row = 0; row < used; row++)
        {
            new Span<float>(scores + last + row * MatrixKernel.RowStride, filling).Fill(float.NegativeInfinity);
        }
    }

    private void AddBias(float* sums, long offset, float* target)
    {
        for (int i = 0; i < Width; i += 16)
        {
            Vector512<float> score = Vector512.Load(sums + i);
            if (Bias != 0)
            {
                score += Vector512.Load((float*)Bias + offset + i);
            }

            if (Mask != 0)
            {
                score += Vector512.Load((float*)Mask + offset + i);
            }

            Vector512.Store(score, target + i);
        }
    }

    /// <summary>Replaces a row of scores by their exponentials, the largest being 1, and returns the sum of these.</summary>
    private float Softmax(float* row)
    {
        int padded = AttentionPacking.Panels(KeyCount) * Width;
        Vector512<float> largest = Vector512.Create(float.NegativeInfinity);
        for (int start = 0; start < padded; start += 16)
        {
            largest = Vector512.Max(largest, Vector512.Load(At(row, start)));
        }

        float max = float.NegativeInfinity;
        for (int i = 0; i < 16; i++)
        {
            max = Math.Max(max, largest[i]);
        }

        Vector512<float> maximum = Vector512.Create(max), total = Vector512<float>.Zero;
        for (int start = 0; start < padded; start += 16)
        {
            Vector512<float> exponential = VectorMath.Exp(Vector512.Load(At(row, start)) - maximum);
            total += exponential;
            Vector512.Store(exponential, At(row, start));
        }

        return Vector512.Sum(total);
    }

    private static float* At(float* row, int column) =>
        row + column / MatrixKernel.Chunk * MatrixKernel.ChunkStride + column % MatrixKernel.Chunk;
}
