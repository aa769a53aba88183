namespace MLNetVision.Imaging.Files;

/// <summary>Holds a file so that no other process or thread takes it meanwhile; the system frees it when a process dies.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] HeldElsewhere = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Takes a file, which is made if need be, and stays; null where it is held.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FileStream? TryTake(string file)
    {
        try
        {
            // On Unix this is the advisory lock that Python's filelock takes too.
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (HeldElsewhere.Contains(e.HResult))
        {
            return null;
        }
    }

    /// <summary>Waits until the file is free, and takes it.</summary>
    /// <exception cref="IOException">It is held for longer than anybody should, or cannot be made.</exception>
    public static FileStream Take(string file, TimeSpan longest)
    {
        long end = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        while (true)
        {
            if (TryTake(file) is { } taken)
            {
                return taken;
            }

            if (Environment.TickCount64 > end)
            {
                throw new IOException($"'{file}' is held by another process for more than {longest.TotalSeconds:0} s.");
            }

            Thread.Sleep(Poll);
        }
    }
}
