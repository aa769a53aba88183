namespace MLNetVision.Imaging.Pictures;

/// <summary>Pixels in memory that somebody else keeps in place: rows without padding, 3 or 4 bytes a pixel.</summary>
internal readonly unsafe struct PixelView(byte* data, int width, int height, int bytesPerPixel)
{
    public byte* Data => data;

    public int Width => width;

    public int Height => height;

    public int BytesPerPixel => bytesPerPixel;

    public nint Stride => (nint)width * bytesPerPixel;

    public byte* Row(int y) => data + y * Stride;
}

/// <summary>A part of a picture.</summary>
internal readonly record struct PixelWindow(int Left, int Top, int Width, int Height)
{
    public int Right => Left + Width;

    public int Bottom => Top + Height;

    public static PixelWindow Whole(int width, int height) => new(0, 0, width, height);
}
