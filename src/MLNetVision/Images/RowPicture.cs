using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Images;

/// <summary>A picture as a row gave it: a path, the bytes of a picture file, or pixels.</summary>
/// <param name="Path">Its file; null if the row holds the picture itself.</param>
/// <param name="Bytes">The bytes of a picture file, or pixels (R, G, B) where there is a width.</param>
/// <param name="Width">The columns of pixels; 0 for a picture file.</param>
/// <param name="Height">The rows of pixels.</param>
internal sealed record RowPicture(string? Path, byte[] Bytes, int Width = 0, int Height = 0)
{
    /// <summary>The picture, not yet decoded.</summary>
    public ImageSource ToSource() =>
        Path is not null ? ImageSource.FromFile(Path)
        : Width > 0 ? ImageSource.FromImage(new RgbImage(Width, Height, Bytes))
        : ImageSource.FromBytes(Bytes);

    /// <summary>Decodes the picture into pixels of its own, which the caller may overwrite.</summary>
    /// <exception cref="InvalidDataException">It cannot be decoded.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public RgbImage Decode() =>
        Path is not null ? ImageDecoder.Decode(Path)
        : Width > 0 ? new RgbImage(Width, Height, (byte[])Bytes.Clone())
        : ImageDecoder.Decode(Bytes);
}
