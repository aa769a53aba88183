using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Folders;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Code;

/// <summary>How the code loads a project's data, divided as its training divides them (<see cref="ProjectSets"/>).</summary>
/// <param name="Place">The path of what is trained on, as an expression.</param>
/// <param name="Train">The expression that loads what is trained on.</param>
/// <param name="Validation">The one of what chooses the best state; null where there is nothing, or a part of the former is held out.</param>
/// <param name="Test">The one of what judges at last; null where there is nothing.</param>
/// <param name="HeldOut">The share of the first that is held out; null for none.</param>
internal sealed record CodeData(string Place, string Train, string? Validation, string? Test, double? HeldOut)
{
    public static CodeData Of(CodeSubject subject)
    {
        TrainingProject project = subject.Project;
        string? ownValidation = project.FullPath(project.Vision.Data?.ValidationPath) ?? project.Validation?.Path;
        string? ownTest = project.FullPath(project.Vision.Data?.TestPath);
        CodeData parts = subject.IsSegmentation ? OfAnnotations(subject) : OfFolders(subject);
        string? validation = ownValidation is not null ? Load(subject, ownValidation) : parts.Validation;
        double share = project.Validation?.SplitRatio ?? (subject.Record is null ? 0 : ProjectSets.UsualShare);

        // What the training did: too few pictures leave none to hold out.
        bool wasValidated = subject.Record is null || subject.Record.Validation is not null;
        return parts with
        {
            Validation = wasValidated ? validation : null,
            Test = ownTest is not null ? Load(subject, ownTest) : parts.Test,
            HeldOut = validation is null && wasValidated && share > 0 ? share : null,
        };
    }

    private static CodeData OfFolders(CodeSubject subject)
    {
        const string load = "LoadImageFromFolder(mlContext, RetrainFilePath)";
        string? path = subject.Project.DataPath;
        if (!Directory.Exists(path) || !LabelFolders.IsSplit(path))
        {
            return new CodeData(InProject(subject, path), load, null, null, null);
        }

        string? Part(string name) => LabelFolders.Part(path, name) is { } folder ? Load(subject, folder) : null;
        return new CodeData(InProject(subject, LabelFolders.Part(path, ProjectSets.Train)), load, Part(ProjectSets.Validation), Part(ProjectSets.Test), null);
    }

    private static CodeData OfAnnotations(CodeSubject subject)
    {
        const string load = "LoadFromAnnotations(mlContext, RetrainFilePath, RetrainImageFolder)";
        string? path = subject.Project.DataPath;
        switch (Path.Exists(path) ? AnnotationForms.Recognise(path) : null)
        {
            case (AnnotationForm.Yolo, var file):
                string[] named = [.. YoloDataFile.Read(file).SplitsNamed];
                return new CodeData(InProject(subject, file), load, OfYolo("val"), OfYolo(ProjectSets.Test), null);

                string? OfYolo(string split) => named.Contains(split) ? $"mlContext.Data.LoadFromYolo(RetrainFilePath, {CSharpText.Literal(split)})" : null;

            case (AnnotationForm.VocMasks, var folder):
                string[] lists = [.. VocMasks.Splits(folder)];
                string objects = Directory.Exists(Path.Combine(folder, VocMasks.ObjectFolder)) ? "true" : "false";
                return new CodeData(InProject(subject, folder), OfVoc(ProjectSets.Train) ?? load, OfVoc("val"), OfVoc(ProjectSets.Test), null);

                string? OfVoc(string split) => lists.Contains(split) ? $"mlContext.Data.LoadFromVocMasks(RetrainFilePath, {CSharpText.Literal(split)}, objects: {objects})" : null;

            default:
                IReadOnlyDictionary<string, string> parts = path is null ? new Dictionary<string, string>() : AnnotationForms.Parts(path);
                return new CodeData(InProject(subject, path is null ? null : parts.GetValueOrDefault(ProjectSets.Train, path)), load, OfPart(ProjectSets.Validation), OfPart(ProjectSets.Test), null);

                string? OfPart(string name) => parts.TryGetValue(name, out string? file) ? Load(subject, file) : null;
        }
    }

    private static string Load(CodeSubject subject, string path) => $"{(subject.IsSegmentation ? "LoadFromAnnotations" : "LoadImageFromFolder")}(mlContext, {InProject(subject, path)})";

    private static string InProject(CodeSubject subject, string? path) => path is null
        ? """throw new InvalidOperationException("The project names no data; give their path.")"""
        : CodePaths.InProject(subject.Folder, path);
}
