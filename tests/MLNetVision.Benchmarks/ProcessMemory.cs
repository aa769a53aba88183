using System.Globalization;

namespace MLNetVision.Benchmarks;

/// <summary>The resident size of this process, on Linux.</summary>
internal static class ProcessMemory
{
    /// <summary>Makes the present resident size the peak, and returns it.</summary>
    public static long ResetPeak()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Present();
    }

    /// <summary>The resident size, in bytes.</summary>
    public static long Present() => Read("VmRSS:");

    /// <summary>The largest resident size since the reset, in bytes.</summary>
    public static long Peak() => Read("VmHWM:");

    private static long Read(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(candidate => candidate.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Trim(), CultureInfo.InvariantCulture);
    }
}
