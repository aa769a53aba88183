namespace MLNetVision.Models.Common.Kernels.Memory;

/// <summary>What a thread needs memory for while it works on one piece; the memory stays with the thread.</summary>
internal enum Scratch
{
    PackedRows,
    Projected,
    Context,
    Hidden,
    Keys,
    Values,
    Scores,
    Queries,
    Panels,
    RoundedRows,
}

/// <summary>Memory of the running thread, one block for each purpose, grown as needed.</summary>
/// <remarks>
/// A purpose is lent to one user at a time: a second one on the same thread would write over the first one's values. That, and
/// that nothing is written behind the end of a part, is checked where buffers are poisoned (<see cref="BufferPoison"/>).
/// </remarks>
internal static unsafe class ThreadScratch
{
    [ThreadStatic]
    private static NativeBuffer?[]? _buffers;

    [ThreadStatic]
    private static uint _lent; // a bit for each purpose; only where buffers are poisoned

    /// <summary>Lends memory of at least this length; its contents are arbitrary, whoever had it before.</summary>
    /// <param name="purpose">What it is for.</param>
    /// <param name="length">The floats.</param>
    /// <param name="start">The memory, until the loan is disposed of on this thread.</param>
    public static ScratchLoan Take(Scratch purpose, long length, out float* start)
    {
        ScratchLayout layout = default;
        layout.Add(length);
        return layout.Take(purpose, out start);
    }

    /// <param name="purpose">What it is for.</param>
    /// <param name="length">The floats, guards included.</param>
    /// <param name="guards">Where guards lie; null where buffers are not poisoned.</param>
    /// <param name="start">The memory.</param>
    /// <exception cref="InvalidOperationException">Somebody on this thread has the purpose on loan.</exception>
    internal static ScratchLoan Take(Scratch purpose, long length, IReadOnlyList<long>? guards, out float* start)
    {
        if (guards is not null)
        {
            if ((_lent & Bit(purpose)) != 0)
            {
                throw new InvalidOperationException($"The thread's memory for {purpose} is asked for while it is on loan: the two users would write over each other.");
            }

            _lent |= Bit(purpose);
        }

        _buffers ??= new NativeBuffer?[Enum.GetValues<Scratch>().Length];
        ref NativeBuffer? buffer = ref _buffers[(int)purpose];
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(length);
        }

        start = buffer.Pointer;
        BufferPoison.Fill(start, length);
        return new ScratchLoan(purpose, guards);
    }

    /// <exception cref="InvalidOperationException">The thread has no such loan, or something was written behind the end of a part.</exception>
    internal static void Return(Scratch purpose, IReadOnlyList<long> guards)
    {
        if ((_lent & Bit(purpose)) == 0)
        {
            throw new InvalidOperationException($"Memory for {purpose} is returned on a thread that does not have it on loan.");
        }

        _lent &= ~Bit(purpose);
        float* start = _buffers![(int)purpose]!.Pointer;
        for (int part = 0; part < guards.Count; part++)
        {
            if (!BufferPoison.IsWhole(start + guards[part]))
            {
                throw new InvalidOperationException($"Something was written behind the end of part {part} of the thread's memory for {purpose}.");
            }
        }
    }

    private static uint Bit(Scratch purpose) => 1u << (int)purpose;
}

/// <summary>A thread's memory on loan; to be disposed of once, on the same thread.</summary>
/// <param name="purpose">What it is for.</param>
/// <param name="guards">Where guards lie; null where buffers are not poisoned, and there is nothing to check.</param>
internal readonly struct ScratchLoan(Scratch purpose, IReadOnlyList<long>? guards) : IDisposable
{
    public void Dispose()
    {
        if (guards is not null)
        {
            ThreadScratch.Return(purpose, guards);
        }
    }
}
