using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Folders;
using MLNetVision.Training;

namespace MLNetVision.Projects.Code;

/// <summary>Begins applications with a trained model: whole projects that are built and run as they are.</summary>
/// <remarks>
/// An application has its own copies of the project's file, the model and the code (<see cref="ProjectCode"/>), so that it may be given away;
/// its Program.cs and its project file are the user's from then on.
/// </remarks>
public static class ApplicationCode
{
    /// <summary>Writes an application.</summary>
    /// <param name="project">The project; its model is that of its last run, or NAME.mlnet beside it.</param>
    /// <param name="kind">What is written.</param>
    /// <param name="folder">Where its folder goes, which is called as the application is.</param>
    /// <param name="options">The names; the defaults if null.</param>
    /// <returns>The path of the application's project file (*.csproj), and then those of the other files.</returns>
    /// <exception cref="FileNotFoundException">The project has no model file.</exception>
    /// <exception cref="InvalidOperationException">A file is there already, or one that is not this library's would be written over. Then nothing is written.</exception>
    /// <exception cref="NotSupportedException">The project is neither a classification nor a segmentation of pictures.</exception>
    /// <exception cref="InvalidDataException">The model file is broken, or holds other steps that may change pictures or answers.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(TrainingProject project, ApplicationKind kind, string folder, ApplicationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(project);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new ApplicationOptions();
        string name = Path.GetFileNameWithoutExtension(project.Path);
        string model = ProjectCode.ModelFile(project) ?? throw new FileNotFoundException(
            $"'{project.Path}' has no model yet: neither the model file of its last run nor '{Path.ChangeExtension(project.Path, ".mlnet")}' is there. Train it first.");
        string application = CSharpText.Namespace(options.Name is { Length: > 0 } own ? own : $"{CSharpText.ClassName(name)}_{(kind == ApplicationKind.Console ? "ConsoleApp1" : "WebApi1")}");
        string place = Path.Combine(Path.GetFullPath(folder), application);

        // The model lies beside the copy.
        TrainingProject copy = project.CopyTo(Path.Combine(place, name + ".mbconfig"));
        if (copy.Vision.Runs is [.., { ModelFile: not null } last] runs)
        {
            copy.Vision = copy.Vision with { Runs = [.. runs.SkipLast(1), last with { ModelFile = name + ".mlnet" }] };
        }

        CodeSubject subject = CodeSubject.Of(copy, place, model, options.Namespace ?? application);
        IReadOnlyList<(string Name, string Content)> code = ProjectCode.Files(subject);
        string? sample = FirstPicture(subject);
        string? sampleName = sample is null ? null : "sample" + Path.GetExtension(sample).ToLowerInvariant();
        bool needsStarter = code.Any(file => file.Content.Contains(StarterModel.FolderName, StringComparison.Ordinal));
        (string Name, string Content)[] texts =
        [
            ($"{application}.csproj", ApplicationProject.Write(subject, kind, sampleName, needsStarter)),
            ("Program.cs", kind == ApplicationKind.WebApi ? ApplicationProgram.WebApi(subject) : ApplicationProgram.Console(subject, application, sampleName)),
            .. code,
        ];
        string[] copies = [.. ((string?[])[subject.ModelFile, subject.ProjectFile, name + ".vision.json", sampleName]).OfType<string>()];
        Check(place, texts, copies, options.Overwrite);

        IReadOnlyList<string> written = WrittenFiles.Write(place, texts);
        copy.Save();
        Copy(model, Path.Combine(place, subject.ModelFile));
        if (sample is not null)
        {
            Copy(sample, Path.Combine(place, sampleName!));
        }

        return [.. written, .. copies.Select(file => Path.Combine(place, file))];
    }

    // What has no first line of ours goes with the project file that has.
    private static void Check(string place, (string Name, string Content)[] texts, string[] copies, bool overwrite)
    {
        string? there = texts.Select(file => file.Name).Concat(copies).Select(file => Path.Combine(place, file)).FirstOrDefault(Path.Exists);
        if (there is not null && !overwrite)
        {
            throw new InvalidOperationException($"'{there}' is there already. Give the application another name or folder, or allow to overwrite it.");
        }

        WrittenFiles.Check(place, texts);
        if (!File.Exists(Path.Combine(place, texts[0].Name)) && copies.Select(file => Path.Combine(place, file)).FirstOrDefault(Path.Exists) is { } foreign)
        {
            throw new InvalidOperationException($"'{foreign}' is there, but no application that MLNetVision wrote, so it is kept. Give the application another name or folder.");
        }
    }

    private static void Copy(string from, string to) => AtomicFile.Write(to, stream =>
    {
        using FileStream source = File.OpenRead(from);
        source.CopyTo(stream);
    });

    // A picture to begin with; an application can do without.
    private static string? FirstPicture(CodeSubject subject)
    {
        if (subject.Project.DataPath is not { } data)
        {
            return null;
        }

        try
        {
            DataOperationsCatalog catalog = new MLContext().Data;
            IDataView rows = subject.IsSegmentation
                ? catalog.LoadSegmentation(data, subject.Project.FullPath(subject.Project.Vision.Data?.ImageFolder))
                : catalog.LoadFromImageFolder(data, new ImageFolderOptions { CheckFiles = false });
            return rows.GetColumn<string>("Image").FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
