using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Pictures;
using SkiaSharp;

namespace MLNetVision.Imaging.Rendering;

/// <summary>A picture cut to the box of a segment, of which only the segment's pixels are seen: the rest is transparent.</summary>
public sealed class SegmentCrop
{
    private readonly byte[] _pixels;

    private SegmentCrop(SKRectI box, byte[] pixels) => (X, Y, Width, Height, _pixels) = (box.Left, box.Top, box.Width, box.Height, pixels);

    /// <summary>The column of the picture at which the crop begins.</summary>
    public int X { get; }

    /// <summary>The row of the picture at which the crop begins.</summary>
    public int Y { get; }

    /// <summary>The number of columns.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>Rows from the top, pixels from the left, four bytes R, G, B, A each; what is transparent is 0 0 0 0.</summary>
    public ReadOnlySpan<byte> RgbaPixels => _pixels;

    /// <summary>Cuts a segment out.</summary>
    /// <param name="image">The picture; a photo file is turned upright, as pipelines and loaders do by default.</param>
    /// <param name="mask">The segment, of the picture's size.</param>
    /// <exception cref="ArgumentException">The mask is of another size than the picture, or empty.</exception>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    public static SegmentCrop Of(ImageSource image, RunLengthMask mask)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(mask);
        RgbImage picture = image.Load(ExifOrientation.Apply);
        if ((picture.Height, picture.Width) != (mask.Height, mask.Width))
        {
            throw new ArgumentException(
                $"The mask is of a picture of {mask.Height} x {mask.Width}, the picture is {picture.Height} x {picture.Width} (height x width).", nameof(mask));
        }

        if (mask.IsEmpty)
        {
            throw new ArgumentException("The mask has no pixel, so there is nothing to cut out.", nameof(mask));
        }

        SKRectI box = SkiaImages.Rectangle(mask.Box);
        byte[] pixels = new byte[box.Width * box.Height * 4];
        ReadOnlySpan<byte> set = mask.ToRowMajor();
        for (int y = 0; y < box.Height; y++)
        {
            ReadOnlySpan<byte> colours = picture.Row(box.Top + y)[(box.Left * RgbImage.Channels)..];
            ReadOnlySpan<byte> row = set.Slice((box.Top + y) * mask.Width + box.Left, box.Width);
            for (int x = 0; x < box.Width; x++)
            {
                if (row[x] != 0)
                {
                    Span<byte> pixel = pixels.AsSpan((y * box.Width + x) * 4, 4);
                    colours.Slice(x * RgbImage.Channels, RgbImage.Channels).CopyTo(pixel);
                    pixel[3] = byte.MaxValue;
                }
            }
        }

        return new SegmentCrop(box, pixels);
    }

    /// <summary>The bytes of a PNG file with transparency.</summary>
    public byte[] ToPng() => SkiaImages.ToPng(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul), _pixels);

    /// <summary>Writes a PNG file with transparency; an existing one is replaced.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SavePng(string path) => AtomicFile.Write(path, ToPng());
}
