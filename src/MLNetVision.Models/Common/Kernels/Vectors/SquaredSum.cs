using System.Numerics;
using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels.Vectors;

/// <summary>The sum of the squares of many floats, in float64: in float32 sums of millions lose digits, and a square may overflow.</summary>
internal static class SquaredSum
{
    private const int Block = 1 << 16; // a piece of work, the same for any number of threads, so that results are too

    /// <summary>Computes the sum.</summary>
    /// <param name="values">A contiguous float32 tensor on the CPU.</param>
    public static unsafe double Compute(Tensor values)
    {
        long count = values.numel();
        if (count == 0)
        {
            return 0;
        }

        int blocks = checked((int)((count + Block - 1) / Block));
        var sums = new double[blocks];
        nint start = (nint)TensorMemory.Address<float>(values);
        Workers.For(blocks, block => sums[block] = Of(new ReadOnlySpan<float>((float*)start + (long)block * Block, (int)Math.Min(Block, count - (long)block * Block))));
        GC.KeepAlive(values);
        return sums.Sum();
    }

    private static double Of(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<double> even = default, odd = default;
        foreach (Vector<float> vector in vectors)
        {
            Vector.Widen(vector, out Vector<double> low, out Vector<double> high);
            even += low * low;
            odd += high * high;
        }

        double sum = Vector.Sum(even + odd);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            sum += (double)value * value;
        }

        return sum;
    }
}
