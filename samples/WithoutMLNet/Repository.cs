namespace WithoutMLNet;

/// <summary>Finds the repository that the sample was built in, from whatever folder it is run.</summary>
internal static class Repository
{
    private const string Solution = "MLNetVision.sln";

    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"'{AppContext.BaseDirectory}' is not within the repository: no folder above it has {Solution}.");
    }
}
