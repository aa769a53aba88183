using System.IO.MemoryMappedFiles;

namespace MLNetVision.Fuzz;

/// <summary>What a child is doing, in memory that it shares with the process that watches it: it must be readable when the child is dead.</summary>
internal sealed class Mailbox : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <param name="path">A file of its own.</param>
    public Mailbox(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, 64);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The number of the input that is being read.</summary>
    public long Input
    {
        get => _view.ReadInt64(0);
        set => _view.Write(0, value);
    }

    /// <summary>One more than the last input that was read to its end; as <see cref="Input"/> while nothing is read.</summary>
    public long Done
    {
        get => _view.ReadInt64(8);
        set => _view.Write(8, value);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
