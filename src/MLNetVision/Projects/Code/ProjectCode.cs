using Microsoft.ML;

namespace MLNetVision.Projects.Code;

/// <summary>
/// Writes the code of a project: NAME.consumption.cs, which predicts, NAME.training.cs, which trains the same model again, and NAME.evaluate.cs, with
/// the names that ML.NET's Model Builder gives.
/// </summary>
/// <remarks>
/// They are parts of one class, and are written anew at each training; members of the user's own stand in a part of their own, which is never
/// touched, no more than any file that this did not write. The code needs the package MLNetVision.
/// </remarks>
public static class ProjectCode
{
    /// <summary>Writes the three files.</summary>
    /// <param name="project">The project; NAME is that of its file. What C# does not allow in a class's name becomes an underscore.</param>
    /// <param name="folder">Where they go; it is made if need be. Paths of data count from it.</param>
    /// <param name="options">The namespace, and the model that was trained; the defaults if null.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="InvalidOperationException">A file of that name is there and is not one that this wrote. Then none is written.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="NotSupportedException">The project is neither a classification nor a segmentation of pictures.</exception>
    /// <exception cref="FormatException">The model file is no model of this version of the library.</exception>
    public static IReadOnlyList<string> Write(TrainingProject project, string folder, ProjectCodeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(project);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new ProjectCodeOptions();
        return WrittenFiles.Write(Path.GetFullPath(folder), Files(project, folder, options.Model, options.Namespace));
    }

    /// <summary>The names and contents of the three files.</summary>
    /// <inheritdoc cref="Write" path="/exception[not(contains(@cref, 'InvalidOperation') or contains(@cref, 'IOException'))]"/>
    internal static IReadOnlyList<(string Name, string Content)> Files(TrainingProject project, string folder, ITransformer? model, string? space)
    {
        if (model is not null || ModelFile(project) is not { } file)
        {
            return Files(CodeSubject.Of(project, folder, model, space));
        }

        ITransformer loaded = new MLContext().Model.Load(file, out _);
        using var freed = loaded as IDisposable;
        return Files(CodeSubject.Of(project, folder, loaded, space));
    }

    /// <summary>The model of a project: that of its last run, or the one of its name; null where there is none.</summary>
    internal static string? ModelFile(TrainingProject project)
    {
        string folder = Path.GetDirectoryName(project.Path)!;
        string[] names = [project.Vision.Runs is [.., { ModelFile: { } last }] ? last : string.Empty, Path.GetFileNameWithoutExtension(project.Path) + ".mlnet"];
        return names.Where(name => name.Length > 0).Select(name => Path.GetFullPath(name.Replace('\\', Path.DirectorySeparatorChar), folder)).FirstOrDefault(File.Exists);
    }

    private static IReadOnlyList<(string Name, string Content)> Files(CodeSubject subject) =>
    [
        ($"{subject.Name}.consumption.cs", subject.IsSegmentation ? SegmentationCode.Consumption(subject) : ClassificationCode.Consumption(subject)),
        ($"{subject.Name}.training.cs", TrainingCode.Write(subject)),
        ($"{subject.Name}.evaluate.cs", subject.IsSegmentation ? SegmentationCode.Evaluate(subject) : ClassificationCode.Evaluate(subject)),
    ];
}
