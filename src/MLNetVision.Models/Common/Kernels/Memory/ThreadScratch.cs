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
internal static unsafe class ThreadScratch
{
    [ThreadStatic]
    private static NativeBuffer?[]? _buffers;

    /// <summary>Memory of at least this length; its contents are arbitrary, whoever asked before.</summary>
    public static float* Get(Scratch purpose, long length)
    {
        _buffers ??= new NativeBuffer?[Enum.GetValues<Scratch>().Length];
        ref NativeBuffer? buffer = ref _buffers[(int)purpose];
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(length);
        }

        BufferPoison.Fill(buffer.Pointer, length);
        return buffer.Pointer;
    }

    /// <summary>Cuts a part off the front of a block.</summary>
    public static float* Cut(ref float* block, long length)
    {
        float* part = block;
        block += length;
        return part;
    }
}
