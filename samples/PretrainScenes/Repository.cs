namespace PretrainScenes;

/// <summary>Finds the repository's data, wherever the sample was started.</summary>
internal static class Repository
{
    /// <exception cref="DirectoryNotFoundException">The program does not lie in the repository.</exception>
    public static string Find(string folder)
    {
        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string candidate = Path.Combine(above.FullName, folder);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"There is no folder '{folder}' above '{AppContext.BaseDirectory}'.");
    }
}
