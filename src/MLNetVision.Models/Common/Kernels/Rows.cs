using System.Numerics.Tensors;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>Rows that lie one after another.</summary>
/// <param name="Start">The first row.</param>
/// <param name="Length">The values of a row.</param>
/// <param name="Stride">From one row to the next.</param>
internal readonly unsafe record struct Rows(nint Start, int Length, int Stride) : IRowSource, IRowTarget
{
    public Rows(float* start, int length)
        : this((nint)start, length, length)
    {
    }

    public float* Row(int row) => (float*)Start + (long)row * Stride;

    public float* At(int row, int column) => Row(row) + column;

    public void Copy(int row, float* target) => Pack(Row(row), Length, target);

    /// <summary>Copies a row into the chunks that a product reads.</summary>
    public static void Pack(float* row, int length, float* target)
    {
        for (int start = 0; start < length; start += MatrixKernel.Chunk, target += MatrixKernel.ChunkStride)
        {
            int count = Math.Min(MatrixKernel.Chunk, length - start);
            new Span<float>(row + start, count).CopyTo(new Span<float>(target, count));
        }
    }

    /// <summary>Copies a part of a row, or zeros where there is none, to a place of the chunks.</summary>
    public static void PackAt(float* target, int position, float* part, int count)
    {
        while (count > 0)
        {
            int used = Math.Min(count, MatrixKernel.Chunk - position % MatrixKernel.Chunk);
            var to = new Span<float>(target + position / MatrixKernel.Chunk * MatrixKernel.ChunkStride + position % MatrixKernel.Chunk, used);
            if (part == null)
            {
                to.Clear();
            }
            else
            {
                new Span<float>(part, used).CopyTo(to);
                part += used;
            }

            position += used;
            count -= used;
        }
    }

    /// <summary>Writes zeros in the same form.</summary>
    public static void PackZeros(int length, float* target)
    {
        for (int start = 0; start < length; start += MatrixKernel.Chunk, target += MatrixKernel.ChunkStride)
        {
            new Span<float>(target, Math.Min(MatrixKernel.Chunk, length - start)).Clear();
        }
    }
}

/// <summary>The sums of two rows each, such as states and their position embeddings.</summary>
internal readonly unsafe record struct SummedRows(Rows First, Rows Second) : IRowSource
{
    public void Copy(int row, float* target)
    {
        float* first = First.Row(row), second = Second.Row(row);
        for (int start = 0; start < First.Length; start += MatrixKernel.Chunk, target += MatrixKernel.ChunkStride)
        {
            int count = Math.Min(MatrixKernel.Chunk, First.Length - start);
            TensorPrimitives.Add(new ReadOnlySpan<float>(first + start, count), new ReadOnlySpan<float>(second + start, count), new Span<float>(target, count));
        }
    }
}

/// <summary>Rows that are normalised on their way into a product.</summary>
internal readonly unsafe struct NormedRows(Rows rows, LayerNormKernel norm) : IRowSource
{
    public void Copy(int row, float* target) => norm.Pack(rows.Row(row), target);
}

/// <summary>Rows whose columns are cut into heads that lie apart: head by head, in each row by row.</summary>
/// <param name="Start">The first head's first row.</param>
/// <param name="Count">The rows.</param>
/// <param name="HeadChannels">The channels of a head, a multiple of 32.</param>
internal readonly unsafe record struct HeadRows(nint Start, int Count, int HeadChannels) : IRowTarget
{
    public float* At(int row, int column) =>
        (float*)Start + ((long)(column / HeadChannels) * Count + row) * HeadChannels + column % HeadChannels;
}
