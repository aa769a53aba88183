using System.Buffers;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Memory;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Pictures.Decoding.Jpeg;

/// <summary>
/// Decodes the usual JPEG with vectors, pixel for pixel as libjpeg-turbo does with its defaults (which Pillow keeps). All
/// else — progressive, CMYK, unusual sampling, coefficients that no picture has, damaged — is left to SkiaSharp, whose libjpeg-turbo is built without them.
/// </summary>
internal static unsafe class JpegDecoder
{
    /// <summary>The vectors' overhang behind rows.</summary>
    private const int Room = 64;

    /// <summary>Decodes a file; null where it is not of the usual kind, or not sound, or where the kernels use no AVX2.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="mayBeTurned">Whether the file may hold a camera's orientation.</param>
    /// <param name="width">The columns.</param>
    /// <param name="height">The rows.</param>
    /// <returns>A rented array that begins with height · width · 4 bytes, R, G, B, x.</returns>
    public static byte[]? TryDecode(ReadOnlySpan<byte> file, out bool mayBeTurned, out int width, out int height)
    {
        (mayBeTurned, width, height) = (false, 0, 0);
        if (!KernelLevels.UsesAvx2 || JpegHeader.TryRead(file) is not { } header || !IsAllowed(header, file.Length))
        {
            return null;
        }

        using JpegScan? scan = JpegScan.TryDecode(header, file);
        if (scan is null)
        {
            return null;
        }

        (mayBeTurned, width, height) = (header.HasExif, header.Width, header.Height);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(width * height * 4);
        try
        {
            Convert(header, scan, pixels);
            return pixels;
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(pixels);
            throw;
        }
    }

    /// <summary>Whether the size is one to take memory for; what is refused is named by the other decoder.</summary>
    private static bool IsAllowed(JpegHeader header, int bytes)
    {
        long pixels = (long)header.Width * header.Height;
        return pixels <= PictureLimits.MaximumPixels && pixels * 4 <= Array.MaxLength && !ShortFiles.IsTooShortJpeg(bytes, header.Width, header.Height);
    }

    private static void Convert(JpegHeader header, JpegScan scan, byte[] pixels)
    {
        int width = header.Width;
        using var rows = new ArrayLoan<byte>(3 * (width + Room));
        using var sums = new ArrayLoan<ushort>(width + Room);
        fixed (byte* target = pixels, scratch = rows.Array)
        fixed (ushort* mixed = sums.Array)
        {
            for (int row = 0; row < header.Height; row++)
            {
                byte* luma = scratch;
                (byte[] plane, int stride) = scan.Pixels(0);
                plane.AsSpan(row * stride, width).CopyTo(new Span<byte>(luma, width));
                byte* to = target + (nint)row * width * 4;
                if (header.Components.Length == 1)
                {
                    JpegColour.GreyToRgbx(luma, width, to);
                    continue;
                }

                byte* blue = luma + width + Room, red = blue + width + Room;
                Chroma(header, scan, 1, row, mixed, blue);
                Chroma(header, scan, 2, row, mixed, red);
                JpegColour.ToRgbx(luma, blue, red, width, to);
            }
        }
    }

    /// <summary>One row of a chroma component at the picture's size.</summary>
    private static void Chroma(JpegHeader header, JpegScan scan, int component, int row, ushort* mixed, byte* target)
    {
        (byte[] plane, int stride) = scan.Pixels(component);
        fixed (byte* from = plane)
        {
            if (header.Components[0].Horizontal == 1)
            {
                new ReadOnlySpan<byte>(from + (nint)row * stride, header.Width).CopyTo(new Span<byte>(target, header.Width));
                return;
            }

            int columns = (header.Width + 1) / 2;
            if (header.Components[0].Vertical == 1)
            {
                byte* own = from + (nint)row * stride;
                JpegColour.MixRows(own, own, columns, mixed, ofNear: 1);
                JpegColour.Widen(mixed, columns, 1, 2, shift: 2, target);
                return;
            }

            // The other row is above an upper pixel and below a lower one; outside the picture there is the same again.
            int near = row / 2, far = Math.Clamp((row & 1) == 0 ? near - 1 : near + 1, 0, (header.Height + 1) / 2 - 1);
            JpegColour.MixRows(from + (nint)near * stride, from + (nint)far * stride, columns, mixed, ofNear: 3);
            JpegColour.Widen(mixed, columns, 8, 7, shift: 4, target);
        }
    }
}
