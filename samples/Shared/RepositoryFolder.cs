namespace Samples;

/// <summary>Finds the repository's data, wherever a program of it was started.</summary>
internal static class RepositoryFolder
{
    /// <summary>A folder of the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The program does not lie in the repository.</exception>
    public static string Find(params string[] path)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine([folder.FullName, .. path]);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"There is no folder '{Path.Combine(path)}' above '{AppContext.BaseDirectory}'.");
    }
}
