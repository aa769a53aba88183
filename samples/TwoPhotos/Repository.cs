namespace TwoPhotos;

/// <summary>Finds the repository's data, wherever the sample was started.</summary>
internal static class Repository
{
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
