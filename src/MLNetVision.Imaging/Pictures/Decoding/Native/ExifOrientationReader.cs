using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding.Native;

/// <summary>Reads the orientation that a camera wrote beside the pixels (EXIF).</summary>
internal static unsafe class ExifOrientationReader
{
    /// <summary>Reads the orientation alone; the usual one where there is no codec for the bytes.</summary>
    public static SKEncodedOrigin Read(ReadOnlySpan<byte> encoded)
    {
        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((IntPtr)bytes, encoded.Length);
            using SKCodec? codec = SKCodec.Create(data);
            return codec?.EncodedOrigin ?? SKEncodedOrigin.TopLeft;
        }
    }
}
