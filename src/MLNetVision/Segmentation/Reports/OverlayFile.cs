using MLNetVision.Imaging.Files;

namespace MLNetVision.Segmentation.Reports;

/// <summary>Writes overlays with a mark by which they are known again, so that only they are ever written over.</summary>
internal static class OverlayFile
{
    /// <summary>Where a PNG's first chunk, its header, ends.</summary>
    private const int HeaderEnd = 33;

    /// <summary>A PNG chunk of text, with its length and its checksum.</summary>
    private static readonly byte[] Mark =
    [
        0, 0, 0, 28, .. "tEXtSoftware\0MLNetVision overlay"u8, 0xEE, 0x47, 0x25, 0xD2,
    ];

    /// <summary>Writes an overlay.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name without ending; another is found where a file of this name is no overlay, such as the picture itself.</param>
    /// <param name="taken">The files that were written before, which are kept too.</param>
    /// <param name="png">Its content.</param>
    /// <returns>The file.</returns>
    public static string Write(string folder, string name, HashSet<string> taken, byte[] png)
    {
        string file = Path.Combine(folder, name + ".png");
        for (int attempt = 1; taken.Contains(file) || (Path.Exists(file) && !IsOverlay(file)); attempt++)
        {
            file = Path.Combine(folder, attempt == 1 ? $"{name}-overlay.png" : $"{name}-overlay-{attempt}.png");
        }

        AtomicFile.Write(file, stream =>
        {
            stream.Write(png.AsSpan(0, HeaderEnd));
            stream.Write(Mark);
            stream.Write(png.AsSpan(HeaderEnd));
        });
        taken.Add(file);
        return file;
    }

    private static bool IsOverlay(string file)
    {
        if (!File.Exists(file) || new FileInfo(file).LinkTarget is not null)
        {
            return false;
        }

        using FileStream stream = File.OpenRead(file);
        byte[] start = new byte[HeaderEnd + Mark.Length];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan(HeaderEnd).SequenceEqual(Mark);
    }
}
