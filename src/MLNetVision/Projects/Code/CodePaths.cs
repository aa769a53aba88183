namespace MLNetVision.Projects.Code;

/// <summary>Paths of the disk as expressions of the code, which count from the folder that it lies in.</summary>
internal static class CodePaths
{
    /// <summary>A path as the call that finds it; one of another drive as it is.</summary>
    public static string InProject(string folder, string path)
    {
        string relative = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        return Path.IsPathFullyQualified(relative) ? CSharpText.Literal(path) : $"InProject({CSharpText.Literal(relative)})";
    }
}
