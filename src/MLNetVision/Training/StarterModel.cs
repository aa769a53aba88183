namespace MLNetVision.Training;

/// <summary>The small Mask2Former of the package MLNetVision.Starter, which lies in a folder beside the application.</summary>
internal static class StarterModel
{
    /// <summary>The package that brings it.</summary>
    public const string Package = "MLNetVision.Starter";

    /// <summary>The folder that it lies in.</summary>
    public const string FolderName = "mlnetvision-starter";

    /// <summary>The checkpoint folder; null where the application has none.</summary>
    /// <param name="application">The application's folder.</param>
    public static string? Find(string application)
    {
        string folder = Path.Combine(application, FolderName);
        return Directory.Exists(folder) ? folder : null;
    }
}
