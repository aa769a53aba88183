namespace MLNetVision.Imaging.Files;

/// <summary>Writes a file aside, then moves it into place: readers see the old content or the new, never a part. Of a symbolic link its target is written.</summary>
internal static class AtomicFile
{
    public static void Write(string path, ReadOnlyMemory<byte> content) => Write(path, stream => stream.Write(content.Span));

    public static void Write(string path, Action<Stream> write)
    {
        string full = Target(Path.GetFullPath(path));
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string aside = $"{full}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, full, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Moves a file that was written aside into place.</summary>
    /// <param name="aside">The file that was written, on the same file system or another.</param>
    /// <param name="path">Its place; of a symbolic link its target is replaced.</param>
    public static void Move(string aside, string path) => File.Move(aside, Target(Path.GetFullPath(path)), overwrite: true);

    // Also where a link leads to nothing yet. A link that leads in a circle is left to the system to refuse.
    private static string Target(string full)
    {
        var file = new FileInfo(full);
        return file.LinkTarget is null ? full : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
    }
}
