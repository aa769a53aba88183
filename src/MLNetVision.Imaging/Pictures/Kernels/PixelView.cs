namespace MLNetVision.Imaging.Pictures.Kernels;

/// <summary>Uses pixels while they are kept in place.</summary>
internal delegate void PixelUse(in PixelView pixels);

/// <summary>Pixels in memory that somebody else keeps in place: rows without padding, 3 or 4 bytes a pixel.</summary>
internal readonly unsafe struct PixelView(byte* data, int width, int height, int bytesPerPixel)
{
    public byte* Data => data;

    public int Width => width;

    public int Height => height;

    public int BytesPerPixel => bytesPerPixel;

    public nint Stride => (nint)width * bytesPerPixel;

    public byte* Row(int y) => data + y * Stride;

    /// <summary>Keeps pixels in place while they are used.</summary>
    public static void Pin(ReadOnlySpan<byte> pixels, int width, int height, int bytesPerPixel, PixelUse use)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels.Length, (long)width * height * bytesPerPixel, nameof(pixels));
        fixed (byte* data = pixels)
        {
            use(new PixelView(data, width, height, bytesPerPixel));
        }
    }
}

/// <summary>A part of a picture.</summary>
internal readonly record struct PixelWindow(int Left, int Top, int Width, int Height)
{
    public int Right => Left + Width;

    public int Bottom => Top + Height;

    public static PixelWindow Whole(int width, int height) => new(0, 0, width, height);
}
