using System.Runtime.InteropServices;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>
/// Counts the calls of CUDA's runtime, where the process was started with a library that does so (environment variable
/// MLNETVISION_CUDA_CALLS: its path; it exports <c>mlv_cuda_calls(long*)</c>).
/// </summary>
internal static unsafe class GpuCalls
{
    private static readonly delegate* unmanaged<long*, void> Read = Find();

    /// <summary>Launches, copies, waits of the host, and the microseconds that these and the copies took.</summary>
    public static (long Launches, long Copies, long Waits, long CopyTime, long WaitTime) Count()
    {
        long* counts = stackalloc long[5];
        if (Read != null)
        {
            Read(counts);
        }

        return (counts[0], counts[1], counts[2], counts[3], counts[4]);
    }

    /// <summary>What something did, as text.</summary>
    public static string Describe(Action action, int times)
    {
        var before = Count();
        for (int i = 0; i < times; i++)
        {
            action();
        }

        var after = Count();
        return Read == null
            ? string.Empty
            : $"{(after.Launches - before.Launches) / times} launches, {(after.Copies - before.Copies) / times} copies ({(after.CopyTime - before.CopyTime) / times} µs), " +
              $"{(after.Waits - before.Waits) / times} waits ({(after.WaitTime - before.WaitTime) / times} µs)";
    }

    private static delegate* unmanaged<long*, void> Find() =>
        Environment.GetEnvironmentVariable("MLNETVISION_CUDA_CALLS") is { Length: > 0 } path && NativeLibrary.TryLoad(path, out nint library)
            ? (delegate* unmanaged<long*, void>)NativeLibrary.GetExport(library, "mlv_cuda_calls")
            : null;
}
