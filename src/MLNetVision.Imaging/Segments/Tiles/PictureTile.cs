namespace MLNetVision.Imaging.Segments.Tiles;

/// <summary>A rectangle of a picture that is segmented by itself.</summary>
/// <param name="Left">Its first column.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
/// <param name="CoreLeft">The first column whose pixels are this tile's to decide: those in the middle between two tiles part them.</param>
/// <param name="CoreTop">The first row of those.</param>
/// <param name="CoreRight">The column after the last of those.</param>
/// <param name="CoreBottom">The row after the last of those.</param>
internal sealed record PictureTile(int Left, int Top, int Width, int Height, int CoreLeft, int CoreTop, int CoreRight, int CoreBottom)
{
    public int Right => Left + Width;

    public int Bottom => Top + Height;
}
