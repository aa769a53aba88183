using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Kernels;

namespace MLNetVision.Imaging.Pictures.Sources;

/// <summary>A picture that a processor can read: a file, a file's bytes, or decoded pixels.</summary>
/// <remarks>Nothing is opened or decoded before a processor needs it. Paths, byte arrays and pictures convert by themselves.</remarks>
public sealed class ImageSource
{
    private readonly string? _path;
    private readonly ReadOnlyMemory<byte> _encoded;
    private readonly RgbImage? _image;
    private readonly ExifOrientation _orientation;

    private ImageSource(string? path, ReadOnlyMemory<byte> encoded, RgbImage? image, ExifOrientation orientation = ExifOrientation.Ignore)
    {
        _orientation = orientation;
        _path = path;
        _encoded = encoded;
        _image = image;
    }

    /// <summary>A file; see <see cref="ImageDecoder"/> for the formats.</summary>
    public static ImageSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ImageSource(path, default, null);
    }

    /// <summary>The bytes of a file.</summary>
    public static ImageSource FromBytes(ReadOnlyMemory<byte> encoded) => new(null, encoded, null);

    /// <summary>The bytes of a file that a stream gives; they are read now, to its end, and the stream stays open.</summary>
    public static ImageSource FromStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return FromBytes(bytes.ToArray());
    }

    /// <summary>Decoded pixels; processors do not change them.</summary>
    public static ImageSource FromImage(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new ImageSource(null, default, image);
    }

    /// <summary>
    /// The same picture, turned upright by itself or as it is stored: with <see cref="ExifOrientation.Apply"/> it comes upright
    /// whatever a processor's own setting is. Decoded pixels have lost what a camera wrote, and stay as they are.
    /// </summary>
    /// <param name="orientation">Which way up it comes.</param>
    public ImageSource WithOrientation(ExifOrientation orientation) => _image is not null || orientation == _orientation ? this : new(_path, _encoded, null, orientation);

    /// <summary>Which way up the picture comes by itself.</summary>
    internal ExifOrientation Orientation => _orientation;

    /// <summary>The file; null where the picture came as bytes or pixels.</summary>
    public string? Path => _path;

    /// <summary>The bytes of a file, as they were given; empty for a file and for pixels.</summary>
    internal ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>The pixels, where they were given; null for what must be decoded.</summary>
    internal RgbImage? Pixels => _image;

    /// <summary>A file.</summary>
    public static implicit operator ImageSource(string path) => FromFile(path);

    /// <summary>The bytes of a file.</summary>
    public static implicit operator ImageSource(byte[] encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return FromBytes(encoded);
    }

    /// <summary>Decoded pixels.</summary>
    public static implicit operator ImageSource(RgbImage image) => FromImage(image);

    /// <summary>The pixels, decoded if they are not yet.</summary>
    /// <param name="orientation">Whether a camera's orientation is applied to encoded pictures.</param>
    /// <exception cref="InvalidDataException">The file or its bytes cannot be decoded.</exception>
    public RgbImage Load(ExifOrientation orientation = ExifOrientation.Ignore) =>
        _image ?? (_path is null ? ImageDecoder.Decode(_encoded.Span, With(orientation)) : ImageDecoder.Decode(_path, With(orientation)));

    /// <summary>Pixels that nobody else has, so that they may be overwritten.</summary>
    /// <exception cref="InvalidDataException">The file or its bytes cannot be decoded.</exception>
    internal RgbImage LoadCopy() => _image?.Clone() ?? Load();

    /// <summary>The sides of the picture that <see cref="Load"/> gives, from the header alone.</summary>
    /// <param name="orientation">Whether a camera's orientation is applied to encoded pictures.</param>
    /// <exception cref="InvalidDataException">The file or its bytes are no picture.</exception>
    public (int Width, int Height) ReadSize(ExifOrientation orientation = ExifOrientation.Ignore) =>
        _image is not null ? (_image.Width, _image.Height)
        : _path is null ? ImageDecoder.ReadSize(_encoded.Span, With(orientation))
        : ImageDecoder.ReadSize(_path, With(orientation));

    /// <summary>Hands the pixels to a function without an unnecessary copy.</summary>
    internal void Use(ExifOrientation orientation, PixelUse use)
    {
        if (_image is not null)
        {
            Use(_image, use);
            return;
        }

        using DecodedPixels decoded = _path is null ? DecodedPixels.Decode(_encoded.Span, name: null) : DecodedPixels.DecodeFile(_path);
        if (With(orientation) == ExifOrientation.Apply && ImageRotation.IsNeeded(decoded.Origin))
        {
            Use(decoded.ToImage(ExifOrientation.Apply), use);
            return;
        }

        PixelView.Pin(decoded.Bytes, decoded.Width, decoded.Height, 4, use);
    }

    private ExifOrientation With(ExifOrientation asked) => _orientation == ExifOrientation.Apply ? ExifOrientation.Apply : asked;

    private static void Use(RgbImage image, PixelUse use) => PixelView.Pin(image.Pixels, image.Width, image.Height, RgbImage.Channels, use);
}
