using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Saving;

/// <summary>
/// Writes the files of a data set where none of these names was: a picture or label of the user's is never written over. They are written into a
/// hidden folder inside the data set's and moved into place by <see cref="Commit"/>, so that work that ends midway leaves nothing behind.
/// </summary>
internal sealed class NewFiles : IDisposable
{
    private readonly string _folder;
    private readonly string _final;
    private readonly string _aside;
    private readonly bool _isNew;
    private readonly List<string> _names = [];

    /// <param name="folder">The data set's folder.</param>
    /// <param name="final">The folder that the files go to afterwards, where none of their names may be either; null for none.</param>
    public NewFiles(string folder, string? final = null)
    {
        (_folder, _final) = (folder, final ?? folder);
        _aside = Path.Combine(folder, $".{Guid.NewGuid():n}.tmp");
        _isNew = !Directory.Exists(folder);
    }

    /// <summary>A file of the data set, when it is in place.</summary>
    public string this[string name] => Path.Combine(_folder, name);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">There is one of that name.</exception>
    public void Write(string name, Action<Stream> write)
    {
        CheckNew(name);
        string file = Path.Combine(_aside, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        _names.Add(name);
    }

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="IOException">There is a file of that name.</exception>
    public void Write(string name, string text) => Write(name, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies a file as it is, unless it is the very one.</summary>
    /// <exception cref="IOException">There is another file of that name, or the file cannot be read.</exception>
    public void Copy(string source, string name)
    {
        if (Path.GetFullPath(source) == Path.GetFullPath(Path.Combine(_final, name)))
        {
            return;
        }

        using FileStream stream = File.OpenRead(source);
        Write(name, target => stream.CopyTo(target));
    }

    /// <summary>Makes a symbolic link to a file.</summary>
    /// <exception cref="IOException">There is a file of that name, or the file system has no links.</exception>
    public void Link(string source, string name)
    {
        CheckNew(name);
        string file = Path.Combine(_aside, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.CreateSymbolicLink(file, Path.GetFullPath(source));
        _names.Add(name);
    }

    /// <exception cref="IOException">There is a file of that name.</exception>
    public void CheckNew(string name)
    {
        if (Path.Exists(this[name]) || Path.Exists(Path.Combine(_aside, name)) || Path.Exists(Path.Combine(_final, name)))
        {
            throw TakenPlace.Error($"'{Path.Combine(_final, name)}' exists and is not written over: choose another folder or split, or delete what lies there.");
        }
    }

    /// <summary>Moves all files into place; where one cannot be, none is.</summary>
    /// <param name="last">What is done when they are there, such as writing the file that names them; where it fails they go again.</param>
    public void Commit(Action? last = null)
    {
        int moved = 0;
        try
        {
            for (; moved < _names.Count; moved++)
            {
                CheckPlace(_names[moved]);
                Directory.CreateDirectory(Path.GetDirectoryName(this[_names[moved]])!);
                File.Move(Path.Combine(_aside, _names[moved]), this[_names[moved]]);
            }

            last?.Invoke();
            _names.Clear();
        }
        catch
        {
            _names.Take(moved).ToList().ForEach(name => File.Delete(this[name]));
            throw;
        }
    }

    /// <summary>Takes away what was not moved into place.</summary>
    public void Dispose()
    {
        if (Directory.Exists(_aside))
        {
            Directory.Delete(_aside, recursive: true);
        }

        if (_isNew && Directory.Exists(_folder) && !Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Any())
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private void CheckPlace(string name)
    {
        if (Path.Exists(this[name]))
        {
            throw TakenPlace.Error($"'{this[name]}' has come meanwhile and is not written over.");
        }
    }
}
