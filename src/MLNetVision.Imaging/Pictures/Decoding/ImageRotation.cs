using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>Turns a picture upright.</summary>
internal static class ImageRotation
{
    /// <summary>Whether a picture of this orientation is stored otherwise than upright.</summary>
    public static bool IsNeeded(SKEncodedOrigin origin) => origin is > SKEncodedOrigin.TopLeft and <= SKEncodedOrigin.LeftBottom;

    /// <summary>The picture as it is meant to be seen, from the pixels as stored.</summary>
    public static RgbImage Upright(RgbImage stored, SKEncodedOrigin origin)
    {
        (bool swap, bool mirrorX, bool mirrorY) = PictureTurn.Upright(origin);
        if (!IsNeeded(origin))
        {
            return stored;
        }

        var upright = new RgbImage(swap ? stored.Height : stored.Width, swap ? stored.Width : stored.Height);
        int columnStep = (swap ? stored.Width : 1) * RgbImage.Channels;
        int rowStep = (swap ? 1 : stored.Width) * RgbImage.Channels;
        bool reverseColumns = swap ? mirrorY : mirrorX;
        bool reverseRows = swap ? mirrorX : mirrorY;
        ReadOnlySpan<byte> source = stored.Pixels;
        for (int y = 0; y < upright.Height; y++)
        {
            Span<byte> row = upright.Row(y);
            int at = (reverseRows ? upright.Height - 1 - y : y) * rowStep + (reverseColumns ? (upright.Width - 1) * columnStep : 0);
            int step = reverseColumns ? -columnStep : columnStep;
            for (int x = 0; x < row.Length; x += RgbImage.Channels, at += step)
            {
                row[x] = source[at];
                row[x + 1] = source[at + 1];
                row[x + 2] = source[at + 2];
            }
        }

        return upright;
    }
}
