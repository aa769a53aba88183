using System.Runtime.Intrinsics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels;

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
            Apply(rows, rows, 0);
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
                Apply((float*)from + (long)i * _length, (float*)to + (long)i * _length, 0);
            }
        });
    }

    /// <summary>Normalises a row into the chunks that a product reads.</summary>
    public void Pack(float* row, float* target) => Apply(row, target, MatrixKernel.ChunkStride - MatrixKernel.Chunk);

    /// <param name="row">The row.</param>
    /// <param name="target">The result.</param>
    /// <param name="gap">What lies between two chunks of the result.</param>
    private void Apply(float* row, float* target, int gap)
    {
        (float mean, float scale) = Moments(row);
        float* weight = _weight.Pointer, bias = _bias.Pointer;
        Vector512<float> means = Vector512.Create(mean), scales = Vector512.Create(scale);
        for (int start = 0; start < _length; start += MatrixKernel.Chunk)
        {
            float* to = target + start + start / MatrixKernel.Chunk * (long)gap;
            int end = Math.Min(MatrixKernel.Chunk, _length - start), i = 0;
            for (; i <= end - 16; i += 16)
            {
                Vector512<float> normed = (Vector512.Load(row + start + i) - means) * scales;
                Vector512.Store(Vector512.FusedMultiplyAdd(normed, Vector512.Load(weight + start + i), Vector512.Load(bias + start + i)), to + i);
            }

            for (; i < end; i++)
            {
                to[i] = (row[start + i] - mean) * scale * weight[start + i] + bias[start + i];
            }
        }
    }

    private (float Mean, float Scale) Moments(float* row)
    {
        Vector512<float> sums = Vector512<float>.Zero;
        int i = 0;
        for (; i <= _length - 16; i += 16)
        {
            sums += Vector512.Load(row + i);
        }

        float sum = Vector512.Sum(sums);
        for (; i < _length; i++)
        {
            sum += row[i];
        }

        float mean = sum / _length;
        Vector512<float> means = Vector512.Create(mean), squares = Vector512<float>.Zero;
        for (i = 0; i <= _length - 16; i += 16)
        {
            Vector512<float> difference = Vector512.Load(row + i) - means;
            squares = Vector512.FusedMultiplyAdd(difference, difference, squares);
        }

        float square = Vector512.Sum(squares);
        for (; i < _length; i++)
        {
            square += (row[i] - mean) * (row[i] - mean);
        }

        return (mean, 1 / MathF.Sqrt(square / _length + _epsilon));
    }

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
