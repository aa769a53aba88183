namespace MLNetVision.Projects.Code;

/// <summary>
/// Writes the code of a project: NAME.consumption.cs, which predicts, NAME.training.cs, which trains the same model again, and NAME.evaluate.cs, with
/// the names that ML.NET's Model Builder gives.
/// </summary>
/// <remarks>
/// They are parts of one class, and are written anew at each training; members of the user's own stand in a part of their own, which is never
/// touched, no more than any file that this did not write. The code needs the package MLNetVision.
/// <para>The settings of the training are those of the model's record of it: of the model file of the project's last run, or of NAME.mlnet beside the
/// project. Where there is none, the code has the settings that the project names, and what it leaves open follows the data.</para>
/// </remarks>
public static class ProjectCode
{
    /// <summary>Writes the three files.</summary>
    /// <param name="project">The project; NAME is that of its file. What C# does not allow in a class's name becomes an underscore.</param>
    /// <param name="folder">Where they go; it is made if need be. Paths of data count from it.</param>
    /// <param name="options">The namespace; the default if null.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="InvalidOperationException">A file of that name is there and is not one that this wrote. Then none is written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="NotSupportedException">The project is neither a classification nor a segmentation of pictures.</exception>
    /// <exception cref="InvalidDataException">The model file is broken, or holds other steps that may change pictures or answers.</exception>
    public static IReadOnlyList<string> Write(TrainingProject project, string folder, ProjectCodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(project);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return WrittenFiles.Write(Path.GetFullPath(folder), Files(CodeSubject.Of(project, folder, ModelFile(project), options?.Namespace)));
    }

    /// <summary>The model of a project: that of its last run, or the one of its name; null where there is none.</summary>
    internal static string? ModelFile(TrainingProject project)
    {
        string[] names = [project.Vision.Runs is [.., { ModelFile: { } last }] ? last : string.Empty, Path.GetFileNameWithoutExtension(project.Path) + ".mlnet"];
        return names.Where(name => name.Length > 0).Select(project.FullPath).FirstOrDefault(File.Exists);
    }

    /// <summary>The names and contents of the three files.</summary>
    internal static IReadOnlyList<(string Name, string Content)> Files(CodeSubject subject) =>
    [
        ($"{subject.Name}.consumption.cs", subject.IsSegmentation ? SegmentationCode.Consumption(subject) : ClassificationCode.Consumption(subject)),
        ($"{subject.Name}.training.cs", TrainingCode.Write(subject)),
        ($"{subject.Name}.evaluate.cs", subject.IsSegmentation ? SegmentationCode.Evaluate(subject) : ClassificationCode.Evaluate(subject)),
    ];
}
