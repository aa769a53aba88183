using System.Runtime.InteropServices;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>
/// Counts the calls of CUDA's runtime, where the process was started with a library that does so: the environment variable
/// MLNETVISION_CUDA_CALLS is its path, and it exports <c>mlv_cuda_calls(long counts[5])</c>.
/// </summary>
internal static class GpuCalls
{
    private static readonly Reader? Read = Find();

    private delegate void Reader([Out, MarshalAs(UnmanagedType.LPArray, SizeConst = 5)] long[] counts);

    /// <summary>The launches, copies and waits of something, and the microseconds that the latter two took; empty where they are not counted.</summary>
    public static string Describe(Action action, int times)
    {
        long[] before = Count();
        for (int i = 0; i < times; i++)
        {
            action();
        }

        long[] done = [.. Count().Zip(before, (after, first) => (after - first) / times)];
        return Read is null ? string.Empty : $"{done[0]} launches, {done[1]} copies ({done[3]} µs), {done[2]} waits ({done[4]} µs)";
    }

    private static long[] Count()
    {
        var counts = new long[5];
        Read?.Invoke(counts);
        return counts;
    }

    private static Reader? Find() =>
        Environment.GetEnvironmentVariable("MLNETVISION_CUDA_CALLS") is { Length: > 0 } path && NativeLibrary.TryLoad(path, out nint library)
            ? Marshal.GetDelegateForFunctionPointer<Reader>(NativeLibrary.GetExport(library, "mlv_cuda_calls"))
            : null;
}
