namespace MLNetVision.Models.Common.Checkpoints.Formats.Torch;

/// <summary>Brings the elements of a tensor that is a view (transposed, cut, expanded) into row-major order.</summary>
internal static class StridedBytes
{
    /// <summary>Copies all elements.</summary>
    /// <param name="source">From the first to the last one that is used.</param>
    /// <param name="shape">The dimensions.</param>
    /// <param name="strides">The distance between neighbours along each dimension, in elements.</param>
    /// <param name="elementSize">The bytes of an element.</param>
    /// <param name="target">Takes the elements.</param>
    public static void Copy(ReadOnlySpan<byte> source, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, int elementSize, Span<byte> target)
    {
        var place = new long[shape.Length];
        for (long at = 0; !target.IsEmpty; target = target[elementSize..])
        {
            source.Slice(checked((int)(at * elementSize)), elementSize).CopyTo(target);
            for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
            {
                at += strides[dimension];
                if (++place[dimension] < shape[dimension])
                {
                    break;
                }

                at -= place[dimension] * strides[dimension];
                place[dimension] = 0;
            }
        }
    }
}
