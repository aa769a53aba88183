using System.Text;

namespace MLNetVision.Imaging.Pictures.Limits;

/// <summary>Says what a file is instead of a picture that can be read, as far as its first bytes tell.</summary>
internal static class ForeignContent
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 256;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Why the content of a file that no decoder knows cannot be read, as the end of a sentence.</summary>
    /// <param name="start">The first bytes; all there are of a shorter file.</param>
    public static string Describe(ReadOnlySpan<byte> start) => start switch
    {
        [] => "it is empty",
        [0, 0, 0, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => OfBox(start[8..]),
        [(byte)'I', (byte)'I', 0x2A, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A, ..] => "it is a TIFF file, or a camera's raw one; save it as JPEG or PNG",
        [0xFF, 0x0A, ..] or [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', ..] => "it is a JPEG XL file; save it as JPEG or PNG",
        [0, 0, 0, 12, (byte)'j', (byte)'P', ..] => "it is a JPEG 2000 file; save it as JPEG or PNG",
        [0xFF, 0xD8, ..] => "it begins as a JPEG does and is damaged",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "it begins as a PNG does and is damaged",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "it begins as a WebP file does and is damaged",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "it begins as a GIF does and is damaged",
        [(byte)'B', (byte)'M', ..] => "it begins as a BMP does and is damaged",
        [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => "it is a Photoshop file; save it as JPEG or PNG",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => "it is a PDF",
        [(byte)'P', (byte)'K', 3, 4, ..] => "it is a zip archive",
        [0, 5, 0x16, 7, ..] => "it is what macOS keeps beside a file, not the file",
        _ => OfText(start),
    };

    /// <summary>The same of a file.</summary>
    /// <param name="path">The file.</param>
    public static string Describe(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[Length];
        return Describe(start[..file.ReadAtLeast(start, Length, throwOnEndOfStream: false)]);
    }

    // Apple's and Android's newer photos are films of one picture.
    private static string OfBox(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("avif"u8) || brand.StartsWith("avis"u8) ? "it is an AVIF picture; save it as JPEG or PNG"
        : brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.StartsWith("mif1"u8) || brand.StartsWith("msf1"u8) ? "it is a HEIC picture; save it as JPEG or PNG"
        : "it is a film";

    private static string OfText(ReadOnlySpan<byte> start)
    {
        string text = Encoding.UTF8.GetString(start.StartsWith(ByteOrderMark) ? start[ByteOrderMark.Length..] : start).TrimStart();
        bool Begins(string with) => text.StartsWith(with, StringComparison.OrdinalIgnoreCase);
        return Begins("<!doctype html") || Begins("<html") ? "it is a page of the web"
            : Begins("<svg") || (Begins("<?xml") && text.Contains("<svg", StringComparison.OrdinalIgnoreCase)) ? "it is an SVG drawing"
            : Begins("version https://git-lfs") ? "it is a pointer of Git LFS: the file itself was not fetched ('git lfs pull' does)"
            : text.Length > 0 && text.AsSpan(0, text.Length - 1).IndexOfAnyInRange('\0', '\b') < 0 && !text.AsSpan(0, text.Length - 1).Contains('\uFFFD') ? "it is a text"
            : "its content is of no known kind";
    }
}
