using Microsoft.Win32.SafeHandles;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Training.State;

namespace MLNetVision.Training;

/// <summary>
/// Keeps pictures that came out of a data view until training needs them again, in any order and on any thread: the first
/// ones in memory, the others in a temporary file that disappears with the spool. Paths stay paths.
/// </summary>
/// <param name="memoryLimit">The bytes that may stay in memory.</param>
internal sealed class PictureSpool(long memoryLimit) : IDisposable
{
    private readonly List<Entry> _entries = [];
    private SafeFileHandle? _file;
    private long _inMemory;
    private long _fileLength;

    /// <summary>Adds a picture whose bytes or pixels are its own.</summary>
    public void Add(ImageSource picture)
    {
        ReadOnlySpan<byte> bytes = picture.Pixels is { } image ? image.Pixels : picture.Encoded.Span;
        if (_inMemory + bytes.Length <= memoryLimit)
        {
            _inMemory += bytes.Length;
            _entries.Add(new Entry(picture, 0, 0, 0, 0, picture.Orientation));
            return;
        }

        _file ??= File.OpenHandle(
            Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}.spool"),
            FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        RandomAccess.Write(_file, bytes, _fileLength);
        _entries.Add(new Entry(null, _fileLength, bytes.Length, picture.Pixels?.Width ?? 0, picture.Pixels?.Height ?? 0, picture.Orientation));
        _fileLength += bytes.Length;
    }

    /// <summary>The file of a picture; null where it came as bytes or pixels.</summary>
    public string? PathOf(int index) => _entries[index].Picture?.Path;

    /// <summary>A picture as it was added.</summary>
    /// <exception cref="IOException">The temporary file cannot be read.</exception>
    public ImageSource Get(int index)
    {
        Entry entry = _entries[index];
        if (entry.Picture is { } kept)
        {
            return kept;
        }

        byte[] bytes = new byte[entry.Length];
        for (int read = 0; read < bytes.Length;)
        {
            int count = RandomAccess.Read(_file!, bytes.AsSpan(read), entry.Offset + read);
            read += count > 0 ? count : throw new EndOfStreamException("The temporary file of training pictures ends too early.");
        }

        return entry.Width > 0 ? ImageSource.FromImage(new RgbImage(entry.Width, entry.Height, bytes)) : ImageSource.FromBytes(bytes).WithOrientation(entry.Orientation);
    }

    /// <summary>A number that is another when the picture is.</summary>
    public long ContentOf(int index)
    {
        if (PathOf(index) is { } path)
        {
            return PictureContents.OfFile(path);
        }

        ImageSource picture = Get(index);
        return PictureContents.OfBytes(picture.Pixels is { } image ? image.Pixels : picture.Encoded.Span);
    }

    public void Dispose() => _file?.Dispose();

    /// <param name="Picture">The picture itself; null where it lies in the file.</param>
    /// <param name="Offset">Where it begins there.</param>
    /// <param name="Length">Its bytes there.</param>
    /// <param name="Width">The columns of pixels; 0 for the bytes of a picture file.</param>
    /// <param name="Height">The rows of pixels.</param>
    /// <param name="Orientation">Which way up the picture comes.</param>
    private readonly record struct Entry(ImageSource? Picture, long Offset, int Length, int Width, int Height, ExifOrientation Orientation);
}
