using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels.Norm;

/// <summary>A layer norm on rows of floats.</summary>
internal sealed unsafe class LayerNormKernel : IDisposable
{
    private readonly NativeBuffer _weight;
    private readonly NativeBuffer _bias;
    private readonly float _epsilon;
    private readonly int _length;

    public LayerNormKernel(LayerNorm norm)
    {
        _length = (int)norm.weight!.numel();
        _epsilon = (float)norm.eps;
        _weight = FloatCopy.Of(norm.weight!);
        _bias = FloatCopy.Of(norm.bias!);
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

/// <summary>Copies tensors out of torch.</summary>
internal static unsafe class FloatCopy
{
    /// <summary>The values in row-major order, with a vector's length of slack behind them.</summary>
    public static NativeBuffer Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor values = tensor.detach().to(float32).cpu().contiguous();
        var buffer = new NativeBuffer(values.numel() + 16);
        buffer.Span.Clear();
        values.data<float>().CopyTo(buffer.Span);
        return buffer;
    }
}
