namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>
/// The parts of a block of a thread's memory, one behind the other: each is added with its length, which gives its place, and
/// the block is as long as they are together. Where buffers are poisoned, a guard follows each part.
/// </summary>
internal unsafe struct ScratchLayout
{
    private List<long>? _guards;

    /// <summary>The floats of all parts, guards included.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a part.</summary>
    /// <param name="length">The floats that may be read and written.</param>
    /// <returns>Where it begins in the block.</returns>
    public long Add(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        long start = Length;
        Length += length;
        if (BufferPoison.IsOn)
        {
            (_guards ??= []).Add(Length);
            Length += BufferPoison.GuardFloats;
        }

        return start;
    }

    /// <summary>Lends the running thread's memory for all parts; its contents are arbitrary.</summary>
    /// <param name="purpose">What it is for.</param>
    /// <param name="block">The memory, until the loan is disposed of on this thread.</param>
    public readonly ScratchLoan Take(Scratch purpose, out float* block) => ThreadScratch.Take(purpose, Length, _guards, out block);
}
