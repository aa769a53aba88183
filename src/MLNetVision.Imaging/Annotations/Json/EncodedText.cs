using System.Text;

namespace MLNetVision.Imaging.Annotations.Json;

/// <summary>Text files as UTF-8, whatever their byte order mark says they are; Windows' tools still write UTF-16.</summary>
internal static class EncodedText
{
    private const int MarkBytes = 4;

    /// <summary>A file's bytes as UTF-8 without a byte order mark. Bytes that are no UTF-8 stay as they are.</summary>
    public static byte[] ReadUtf8(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Encoding? other = OtherThanUtf8(bytes);
        byte[] utf8 = other is null ? bytes : Encoding.Convert(other, Encoding.UTF8, bytes);
        return utf8.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
    }

    /// <summary>The encoding of a file that is not UTF-8, by its first bytes; null for UTF-8 and what cannot be told from it.</summary>
    public static Encoding? OtherThanUtf8(string path)
    {
        Span<byte> start = stackalloc byte[MarkBytes];
        using FileStream file = File.OpenRead(path);
        return OtherThanUtf8(start[..file.ReadAtLeast(start, MarkBytes, throwOnEndOfStream: false)]);
    }

    // JSON begins with a character of ASCII, so a zero beside it tells two bytes a character even without a mark.
    private static Encoding? OtherThanUtf8(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] or [0, not 0, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };
}
