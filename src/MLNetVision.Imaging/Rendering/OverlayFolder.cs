using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Rendering;

/// <summary>
/// A folder of overlays. They carry a mark by which they are known again, so that only overlays are ever written over: a picture of the same name
/// stays, and the overlay takes another name.
/// </summary>
/// <param name="folder">The folder; it is made when the first overlay is written.</param>
public sealed class OverlayFolder(string folder)
{
    /// <summary>Where a PNG's first chunk, its header, ends.</summary>
    private const int HeaderEnd = 33;

    /// <summary>A PNG chunk of text, with its length and its checksum.</summary>
    private static readonly byte[] Mark =
    [
        0, 0, 0, 28, .. "tEXtSoftware\0MLNetVision overlay"u8, 0xEE, 0x47, 0x25, 0xD2,
    ];

    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Draws a picture's segments over it and writes that.</summary>
    /// <param name="name">The file's name without ending; another is found where a file of this name is no overlay, such as the picture itself, or was written by this object.</param>
    /// <param name="image">The picture.</param>
    /// <param name="result">Its segments, of the picture's size.</param>
    /// <param name="options">The drawing.</param>
    /// <returns>The file.</returns>
    /// <exception cref="ArgumentException">The segments are of another size than the picture.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public string Save(string name, RgbImage image, SegmentationResult result, SegmentationOverlayOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] png = SegmentationOverlay.ToPng(image, result, options);
        string file = Path.Combine(folder, name + ".png");
        for (int attempt = 1; _taken.Contains(file) || (Path.Exists(file) && !IsOverlay(file)); attempt++)
        {
            file = Path.Combine(folder, attempt == 1 ? $"{name}-overlay.png" : $"{name}-overlay-{attempt}.png");
        }

        AtomicFile.Write(file, stream =>
        {
            stream.Write(png.AsSpan(0, HeaderEnd));
            stream.Write(Mark);
            stream.Write(png.AsSpan(HeaderEnd));
        });
        _taken.Add(file);
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
