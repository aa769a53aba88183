using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Saving;

/// <summary>Writes the files of a data set where none of these names was: a picture or label of the user's is never written over.</summary>
/// <param name="folder">The data set's folder.</param>
internal sealed class NewFiles(string folder)
{
    /// <summary>A file of the data set.</summary>
    public string this[string name] => Path.Combine(folder, name);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">There is one of that name.</exception>
    public void Write(string name, Action<Stream> write)
    {
        CheckNew(name);
        AtomicFile.Write(this[name], write);
    }

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="IOException">There is a file of that name.</exception>
    public void Write(string name, string text) => Write(name, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies a file as it is, unless it is the very one.</summary>
    /// <exception cref="IOException">There is another file of that name, or the file cannot be read.</exception>
    public void Copy(string source, string name)
    {
        if (Path.GetFullPath(source) == Path.GetFullPath(this[name]))
        {
            return;
        }

        using FileStream stream = File.OpenRead(source);
        Write(name, target => stream.CopyTo(target));
    }

    /// <exception cref="IOException">There is a file of that name.</exception>
    public void CheckNew(string name)
    {
        if (Path.Exists(this[name]))
        {
            throw new IOException($"'{this[name]}' exists and is not written over: choose another folder or split, or delete what lies there.");
        }
    }
}
