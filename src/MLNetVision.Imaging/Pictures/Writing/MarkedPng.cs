using System.Text;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Pictures.Writing;

/// <summary>Writes PNG files with a mark by which they are known again, so that only they are ever written over.</summary>
internal sealed class MarkedPng
{
    /// <summary>Where a PNG's first chunk, its header, ends.</summary>
    private const int HeaderEnd = 33;

    /// <summary>A chunk of text.</summary>
    private readonly byte[] _mark;

    private MarkedPng(string software)
    {
        using var mark = new MemoryStream();
        PngChunk.Write(mark, "tEXt", [.. "Software\0"u8, .. Encoding.ASCII.GetBytes(software)]);
        _mark = mark.ToArray();
    }

    /// <summary>Pictures with segments drawn over them.</summary>
    public static MarkedPng Overlays { get; } = new("MLNetVision overlay");

    /// <summary>Masks of a panoptic file.</summary>
    public static MarkedPng Masks { get; } = new("MLNetVision masks");

    /// <summary>Whether there is a file of this name that may be written over, or none.</summary>
    public bool MayWrite(string path) => !Path.Exists(path) || IsMarked(path);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">There is a file of this name without the mark.</exception>
    public void Write(string path, ReadOnlyMemory<byte> png)
    {
        if (!MayWrite(path))
        {
            throw TakenPlace.Error($"'{path}' exists, was not written by this library, and is not written over: choose another folder.");
        }

        AtomicFile.Write(path, stream =>
        {
            stream.Write(png.Span[..HeaderEnd]);
            stream.Write(_mark);
            stream.Write(png.Span[HeaderEnd..]);
        });
    }

    private bool IsMarked(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            return false;
        }

        using FileStream stream = File.OpenRead(path);
        byte[] start = new byte[HeaderEnd + _mark.Length];
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.AsSpan(HeaderEnd).SequenceEqual(_mark);
    }
}
