namespace MLNetVision.Tests.Support;

/// <summary>The folder of this run's temporary files, in place of the system's: what is left in it at the end has been forgotten by a test or by the library.</summary>
internal static class RunFolder
{
    private const string SharedName = "shared";

    // What others put there and killed processes leave: .NET its sockets and pipes, ML.NET the models that it unpacks.
    private static readonly string[] OfOthers = ["clr-debug-pipe-", "dotnet-diagnostic-", "CoreFxPipe_", "MSBuild", "ml_dotnet_"];

    // Short, since paths of sockets may have some hundred bytes, and runs of other levels make theirs inside of it.
    private static readonly string Root = Directory.CreateTempSubdirectory("mlnv-").FullName;

    /// <summary>Makes it the folder of temporary files, of this process and of those that it starts.</summary>
    public static void Use()
    {
        foreach (string variable in OperatingSystem.IsWindows() ? ["TMP", "TEMP"] : new[] { "TMPDIR" })
        {
            Environment.SetEnvironmentVariable(variable, Root);
        }
    }

    /// <summary>The full path of something that several tests read and that goes with the run; the folder that it stands in is made.</summary>
    public static string Shared(string relative)
    {
        string full = Path.Combine(Root, SharedName, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }

    /// <summary>Deletes it.</summary>
    /// <returns>The names of what was left in it.</returns>
    public static string[] Delete()
    {
        string[] left =
        [
            .. Directory.EnumerateFileSystemEntries(Root).Select(path => Path.GetFileName(path))
                .Where(name => name != SharedName && !OfOthers.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))),
        ];
        Directory.Delete(Root, recursive: true);
        return left;
    }
}
