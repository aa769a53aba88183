using System.Buffers;
using MLNetVision.Imaging.Pictures.Limits;
using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding.Native;

/// <summary>SkiaSharp's codecs over the bytes of a file, which stay where they are: they are pinned, not copied.</summary>
internal static unsafe class SkiaDecoder
{
    /// <summary>Decodes to four bytes R, G, B, x a pixel.</summary>
    /// <param name="encoded">All bytes of the file.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <param name="origin">Where the first stored pixel belongs in the upright picture.</param>
    /// <returns>The sides, and a buffer of the shared pool that begins with the pixels.</returns>
    /// <exception cref="InvalidDataException">The bytes are no picture, are damaged, end too early or are larger than <see cref="PictureLimits"/> allow.</exception>
    public static (int Width, int Height, byte[] Buffer) Decode(ReadOnlySpan<byte> encoded, string? name, out SKEncodedOrigin origin)
    {
        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((IntPtr)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using SKCodec codec = SKCodec.Create(stream) ?? throw NotAPicture(name, ForeignContent.Describe(encoded[..Math.Min(encoded.Length, ForeignContent.Length)]));

            // No colour space: stored values, not corrected ones. Unpremultiplied: colours under alpha stay as stored.
            var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
            PictureLimits.Check(Subject(name), info.Width, info.Height);
            if (info.BytesSize64 > Array.MaxLength)
            {
                throw new InvalidDataException($"{Subject(name)} claims {info.Width}×{info.Height} pixels, more than can be held.");
            }

            if (ShortFiles.IsTooShort(encoded, codec.EncodedFormat, info.Width, info.Height))
            {
                throw Damaged(name, SKCodecResult.IncompleteInput);
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(info.BytesSize);
            fixed (byte* target = buffer)
            {
                SKCodecResult result = codec.GetPixels(info, (IntPtr)target);
                if (result != SKCodecResult.Success)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    throw Damaged(name, result);
                }
            }

            origin = codec.EncodedOrigin;
            return (info.Width, info.Height, buffer);
        }
    }

    /// <summary>The sides as stored and the orientation, from the header alone.</summary>
    /// <exception cref="InvalidDataException">The bytes are no picture.</exception>
    public static (int Width, int Height, SKEncodedOrigin Origin) ReadHeader(ReadOnlySpan<byte> encoded)
    {
        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((IntPtr)bytes, encoded.Length);
            using SKCodec codec = SKCodec.Create(data) ?? throw NotAPicture(null, ForeignContent.Describe(encoded[..Math.Min(encoded.Length, ForeignContent.Length)]));
            return (codec.Info.Width, codec.Info.Height, codec.EncodedOrigin);
        }
    }

    /// <summary>The sides as stored and the orientation of a file, of which no more than the header is read.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no picture.</exception>
    public static (int Width, int Height, SKEncodedOrigin Origin) ReadHeader(string path)
    {
        using FileStream file = File.OpenRead(path);
        using SKCodec codec = SKCodec.Create(file) ?? throw NotAPicture(path, ForeignContent.Describe(path));
        return (codec.Info.Width, codec.Info.Height, codec.EncodedOrigin);
    }

    private static InvalidDataException NotAPicture(string? name, string why) =>
        new($"{Subject(name)} is not a picture that can be read (JPEG, PNG, WebP, BMP and GIF can): {why}.");

    private static InvalidDataException Damaged(string? name, SKCodecResult result) =>
        new(result == SKCodecResult.IncompleteInput
            ? $"{Subject(name)} ends before its picture does."
            : $"{Subject(name)} is damaged and cannot be decoded: {result}.");

    private static string Subject(string? name) => name is null ? "The image data" : $"The file '{name}'";
}
