using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Common.Kernels.Norm;

/// <summary>A layer norm on rows of floats.</summary>
internal sealed unsafe class LayerNormKernel : IDisposable
{
    private readonly NativeBuffer _weight;
    private readonly NativeBuffer _bias;
    private readonly float _epsilon;
    private readonly int _length;

    /// <param name="weight">(channels).</param>
    /// <param name="bias">(channels).</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public LayerNormKernel(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon)
    {
        _length = weight.Length;
        _epsilon = epsilon;
        _weight = FloatCopy.Of(weight);
        _bias = FloatCopy.Of(bias);
    }

    /// <summary>Normalises rows in place.</summary>
    public void Apply(float* rows, int count)
    {
        for (int i = 0; i < count; i++, rows += _length)
        {
            Apply(rows, rows);
        }
    }

    /// <summary>Normalises rows of a map in place, on several threads.</summary>
    public void ApplyParallel(float* rows, float* target, int count)
    {
        nint from = (nint)rows, to = (nint)target;
        Workers.ForRanges(count, (first, last) =>
        {
            for (int i = first; i < last; i++)
            {
                Apply((float*)from + (long)i * _length, (float*)to + (long)i * _length);
            }
        });
    }

    /// <summary>Normalises a row; the result may be the row itself.</summary>
    public void Apply(float* row, float* target) => new LayerNormRow(_length, _epsilon, _weight.Pointer, _bias.Pointer).Forward(row, target);

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}

/// <summary>Copies weights to where kernels read them.</summary>
internal static class FloatCopy
{
    /// <summary>The values, with a vector's length of zeros behind them.</summary>
    public static NativeBuffer Of(ReadOnlySpan<float> values)
    {
        NativeBuffer buffer = ZeroedBuffer.Allocate(values.Length + 16);
        values.CopyTo(buffer.Span);
        return buffer;
    }
}
