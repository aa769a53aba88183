using System.Diagnostics;

namespace MLNetVision.Tests.Support;

/// <summary>The files of tests/cases, which stand for kinds of files that people have or that mean harm.</summary>
internal static class Cases
{
    /// <summary>What a hostile file may cost.</summary>
    private const long Bytes = 200L << 20;

    /// <summary>Many times what a hostile file costs when the machine is busy, and a fraction of what it cost before.</summary>
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(60);

    public static string Folder(string name) => Path.Combine(Goldens.RepositoryFolder(), "tests", "cases", name);

    /// <summary>Files by a pattern, at least one.</summary>
    public static string[] Files(string folder, string pattern)
    {
        string[] files = [.. Directory.EnumerateFiles(Folder(folder), pattern).Order(StringComparer.Ordinal)];
        Assert.IsNotEmpty(files, $"{folder}/{pattern}");
        return files;
    }

    /// <summary>Runs something on this thread that may be refused but must cost little.</summary>
    /// <param name="name">Names it in messages.</param>
    /// <param name="work">Gives a result, or throws an <see cref="InvalidDataException"/>.</param>
    /// <returns>The reason of the refusal; null where there was none.</returns>
    public static string? Cheaply(string name, Action work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        string? refusal = null;
        try
        {
            work();
        }
        catch (InvalidDataException e)
        {
            refusal = e.Message;
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.IsLessThanOrEqualTo(Bytes, bytes, $"{name}: {bytes >> 20} MB");
        Assert.IsLessThanOrEqualTo(Time, clock.Elapsed, name);
        return refusal;
    }
}
