using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Annotations.Saving;

/// <summary>
/// Lets several data sets be written as one: into a hidden folder inside theirs, from which <see cref="Commit"/> moves them when the last is whole. Work that ends
/// midway leaves nothing behind.
/// </summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string _folder;
    private readonly string[] _shared;
    private readonly List<string> _made = [];

    /// <param name="folder">The folder that the files are for.</param>
    /// <param name="shared">The files that data sets of one folder share: what they say is written on, and they are replaced.</param>
    public StagedFolder(string folder, params string[] shared)
    {
        (_folder, _shared) = (System.IO.Path.GetFullPath(folder), shared);
        Make(_folder);
        Path = System.IO.Path.Combine(_folder, $".{Guid.NewGuid():n}.tmp");
        Directory.CreateDirectory(Path);
        foreach (string name in shared.Where(name => File.Exists(System.IO.Path.Combine(_folder, name))))
        {
            File.Copy(System.IO.Path.Combine(_folder, name), System.IO.Path.Combine(Path, name));
        }
    }

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>Moves all files into place; where one cannot be, none is.</summary>
    /// <exception cref="IOException">There is a file of one of the names.</exception>
    public void Commit()
    {
        string[] names = [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Select(file => System.IO.Path.GetRelativePath(Path, file))];
        string[] added = [.. names.Except(_shared)];
        if (added.FirstOrDefault(name => System.IO.Path.Exists(System.IO.Path.Combine(_folder, name))) is { } taken)
        {
            throw TakenPlace.Error($"'{System.IO.Path.Combine(_folder, taken)}' exists and is not written over: choose another folder or split, or delete what lies there.");
        }

        int moved = 0;
        try
        {
            for (; moved < added.Length; moved++)
            {
                string target = System.IO.Path.Combine(_folder, added[moved]);
                Make(System.IO.Path.GetDirectoryName(target)!);
                File.Move(System.IO.Path.Combine(Path, added[moved]), target);
            }

            // Last, since they name the others.
            foreach (string name in names.Intersect(_shared).Where(HasChanged))
            {
                AtomicFile.Move(System.IO.Path.Combine(Path, name), System.IO.Path.Combine(_folder, name));
            }

            _made.Clear();
        }
        catch
        {
            added.Take(moved).ToList().ForEach(name => File.Delete(System.IO.Path.Combine(_folder, name)));
            throw;
        }
    }

    /// <summary>Takes away what was not moved into place.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        foreach (string folder in Enumerable.Reverse(_made).Where(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            Directory.Delete(folder);
        }
    }

    private bool HasChanged(string name)
    {
        string before = System.IO.Path.Combine(_folder, name);
        return !File.Exists(before) || !File.ReadAllBytes(before).AsSpan().SequenceEqual(File.ReadAllBytes(System.IO.Path.Combine(Path, name)));
    }

    private void Make(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (System.IO.Path.GetDirectoryName(folder) is { } above)
        {
            Make(above);
        }

        Directory.CreateDirectory(folder);
        _made.Add(folder);
    }
}
