namespace MLNetVision.Models.Common.Kernels.Threads;

/// <summary>Spreads independent pieces of work over <see cref="KernelThreads"/>.</summary>
internal static class Workers
{
    /// <summary>Runs an action for every index below <paramref name="count"/>; idle threads take the next index, so that uneven pieces balance.</summary>
    public static void For(int count, Action<int> action)
    {
        int threads = Math.Min(KernelThreads.Current, count);
        if (threads <= 1)
        {
            for (int i = 0; i < count; i++)
            {
                action(i);
            }

            return;
        }

        new SharedPieces(count, action).Run(threads);
    }

    /// <summary>Runs an action for ranges that cover 0 to <paramref name="count"/>, a few for each thread.</summary>
    public static void ForRanges(int count, Action<int, int> action)
    {
        const int RangesPerThread = 4;
        int size = Math.Max(1, (count + KernelThreads.Current * RangesPerThread - 1) / (KernelThreads.Current * RangesPerThread));
        For((count + size - 1) / size, i => action(i * size, Math.Min(count, (i + 1) * size)));
    }
}
