using Microsoft.Win32.SafeHandles;
using MLNetVision.Images;

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

    public int Count => _entries.Count;

    public void Add(RowPicture picture)
    {
        int length = picture.Bytes.Length;
        if (_inMemory + length <= memoryLimit)
        {
            _inMemory += length;
            _entries.Add(new Entry(picture, 0, 0));
            return;
        }

        _file ??= File.OpenHandle(
            Path.Combine(Path.GetTempPath(), $"mlnetvision-{Guid.NewGuid():N}.spool"),
            FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        RandomAccess.Write(_file, picture.Bytes, _fileLength);
        _entries.Add(new Entry(picture with { Bytes = [] }, _fileLength, length));
        _fileLength += length;
    }

    /// <summary>A picture as it was added.</summary>
    /// <exception cref="IOException">The temporary file cannot be read.</exception>
    public RowPicture Get(int index)
    {
        (RowPicture picture, long offset, int length) = _entries[index];
        if (length == 0)
        {
            return picture;
        }

        byte[] bytes = new byte[length];
        for (int read = 0; read < length;)
        {
            int count = RandomAccess.Read(_file!, bytes.AsSpan(read), offset + read);
            read += count > 0 ? count : throw new EndOfStreamException("The temporary file of training pictures ends too early.");
        }

        return picture with { Bytes = bytes };
    }

    public void Dispose() => _file?.Dispose();

    private readonly record struct Entry(RowPicture Picture, long Offset, int Length);
}
