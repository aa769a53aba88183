using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Norm;

namespace MLNetVision.Models.Common.Kernels.Products;

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

    public void Copy(int row, float* target) => new ReadOnlySpan<float>(Row(row), Length).CopyTo(new Span<float>(target, Length));
}

/// <summary>The sums of two rows each, such as states and their position embeddings.</summary>
internal readonly unsafe record struct SummedRows(Rows First, Rows Second) : IRowSource
{
    public void Copy(int row, float* target) => TensorPrimitives.Add(
        new ReadOnlySpan<float>(First.Row(row), First.Length), new ReadOnlySpan<float>(Second.Row(row), First.Length), new Span<float>(target, First.Length));
}

/// <summary>Rows that are normalised on their way into a product.</summary>
internal readonly unsafe struct NormedRows(Rows rows, LayerNormKernel norm) : IRowSource
{
    public void Copy(int row, float* target) => norm.Apply(rows.Row(row), target);
}

/// <summary>Rows whose columns are cut into heads that lie apart: head by head, in each row by row.</summary>
/// <param name="Start">The first head's first row.</param>
/// <param name="Count">The rows.</param>
/// <param name="HeadChannels">The channels of a head, a multiple of a panel's columns.</param>
internal readonly unsafe record struct HeadRows(nint Start, int Count, int HeadChannels) : IRowTarget
{
    public float* At(int row, int column) =>
        (float*)Start + ((long)(column / HeadChannels) * Count + row) * HeadChannels + column % HeadChannels;
}
