using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points.Kernels;

/// <summary>Finds the candidates of the smallest magnitude in passes over them, without sorting.</summary>
internal static unsafe class UncertainPointsKernel
{
    private const int Digits = 11, Bins = 1 << Digits; // 31 bits of magnitude in three digits

    /// <summary>Joins the candidates of each mask that are closest to 0 and the random points.</summary>
    /// <param name="logits">(masks, candidates), float32 on the CPU, contiguous.</param>
    /// <param name="candidates">(masks, candidates, 2), contiguous.</param>
    /// <param name="uncertain">How many candidates to keep of each mask.</param>
    /// <param name="random">(masks, rest, 2), or null for none.</param>
    /// <returns>(masks, uncertain + rest, 2).</returns>
    public static Tensor Select(Tensor logits, Tensor candidates, long uncertain, Tensor? random)
    {
        (long masks, int count) = (logits.shape[0], (int)logits.shape[1]);
        long rest = random?.shape[1] ?? 0;
        Tensor points = empty([masks, uncertain + rest, 2], ScalarType.Float32);
        nint from = (nint)TensorMemory.Address<float>(logits), places = (nint)TensorMemory.Address<float>(candidates), to = (nint)TensorMemory.Address<float>(points);
        Workers.For((int)masks, mask => Select(
            (float*)from + (long)mask * count, (float*)places + 2L * mask * count, count, (int)uncertain, (float*)to + 2 * mask * (uncertain + rest)));
        if (random is not null)
        {
            points.narrow(1, uncertain, rest).copy_(random);
        }

        return points;
    }

    /// <summary>Copies the candidates whose logits are closest to 0, in their order; NaN counts as farthest, the first of equals as closest.</summary>
    /// <param name="logits">(count).</param>
    /// <param name="candidates">(count, 2).</param>
    /// <param name="count">The candidates.</param>
    /// <param name="kept">How many to copy, at most all.</param>
    /// <param name="target">(kept, 2), written.</param>
    public static void Select(float* logits, float* candidates, int count, int kept, float* target)
    {
        (uint limit, int atLimit) = Limit((uint*)logits, count, kept);
        var points = (ulong*)candidates;
        var chosen = (ulong*)target;
        for (int i = 0; i < count && kept > 0; i++)
        {
            uint magnitude = Magnitude((uint*)logits, i);
            if (magnitude < limit || (magnitude == limit && atLimit-- > 0))
            {
                *chosen++ = points[i];
                kept--;
            }
        }
    }

    // The largest magnitude that is kept, and how many of this magnitude are.
    private static (uint Limit, int AtLimit) Limit(uint* logits, int count, int kept)
    {
        int* histogram = stackalloc int[Bins];
        uint prefix = 0;
        for (int shift = 2 * Digits; shift >= 0; shift -= Digits)
        {
            new Span<int>(histogram, Bins).Clear();
            for (int i = 0; i < count; i++)
            {
                uint magnitude = Magnitude(logits, i);
                if ((ulong)magnitude >> (shift + Digits) == prefix)
                {
                    histogram[(magnitude >> shift) & (Bins - 1)]++;
                }
            }

            uint digit = 0;
            for (; digit < Bins - 1 && histogram[digit] < kept; digit++)
            {
                kept -= histogram[digit];
            }

            prefix = (prefix << Digits) | digit;
        }

        return (prefix, kept);
    }

    // The bits of non-negative floats are in the order of their values.
    private static uint Magnitude(uint* logits, int i) => logits[i] & 0x7FFFFFFF;
}
