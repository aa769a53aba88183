using SkiaSharp;

namespace MLNetVision.Imaging.Pictures.Decoding;

/// <summary>
/// How a picture is turned and mirrored, as EXIF's eight orientations have it. Of the turned picture, pixel (x, y) is the source's
/// (x, y), or with swapped sides (y, x), each counted from the far end where it is mirrored.
/// </summary>
/// <param name="Swaps">Whether columns become rows.</param>
/// <param name="MirrorsX">Whether the source's columns are counted from the right.</param>
/// <param name="MirrorsY">Whether the source's rows are counted from the bottom.</param>
internal readonly record struct PictureTurn(bool Swaps, bool MirrorsX, bool MirrorsY)
{
    /// <summary>From the pixels as stored to the upright picture.</summary>
    public static PictureTurn Upright(SKEncodedOrigin origin) => origin switch
    {
        SKEncodedOrigin.TopRight => new(false, true, false),
        SKEncodedOrigin.BottomRight => new(false, true, true),
        SKEncodedOrigin.BottomLeft => new(false, false, true),
        SKEncodedOrigin.LeftTop => new(true, false, false),
        SKEncodedOrigin.RightTop => new(true, false, true),
        SKEncodedOrigin.RightBottom => new(true, true, true),
        SKEncodedOrigin.LeftBottom => new(true, true, false),
        _ => default,
    };

    /// <summary>From the turned picture to its source.</summary>
    public PictureTurn Back() => Swaps ? new(true, MirrorsY, MirrorsX) : this;

    /// <summary>The sides of the turned picture.</summary>
    public (int Width, int Height) Size(int width, int height) => Swaps ? (height, width) : (width, height);

    /// <summary>The source's pixel.</summary>
    /// <param name="x">The column of the turned picture.</param>
    /// <param name="y">Its row.</param>
    /// <param name="width">The source's width.</param>
    /// <param name="height">The source's height.</param>
    public (int X, int Y) Source(int x, int y, int width, int height)
    {
        (int column, int row) = Swaps ? (y, x) : (x, y);
        return (MirrorsX ? width - 1 - column : column, MirrorsY ? height - 1 - row : row);
    }
}
