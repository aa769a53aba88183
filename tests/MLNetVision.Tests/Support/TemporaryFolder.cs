namespace MLNetVision.Tests.Support;

/// <summary>A folder that disappears with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mlnetvision-test-").FullName;

    /// <summary>The full path of something in the folder; the folders on the way are made.</summary>
    public string this[string relative]
    {
        get
        {
            string full = System.IO.Path.Combine(Path, relative);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            return full;
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
