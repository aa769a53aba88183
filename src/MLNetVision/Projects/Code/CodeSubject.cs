using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Projects.Code;

/// <summary>What code is written for.</summary>
internal sealed record CodeSubject
{
    /// <summary>The project.</summary>
    public required TrainingProject Project { get; init; }

    /// <summary>The folder that the code goes into, in full.</summary>
    public required string Folder { get; init; }

    /// <summary>The name of the model, of which files are called.</summary>
    public required string Name { get; init; }

    /// <summary>The class.</summary>
    public required string Class { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The trained network; null where there is none yet.</summary>
    public StoredNetwork? Network { get; init; }

    /// <summary>What its training says of itself; null where it was not trained here.</summary>
    public TrainingRecord? Record { get; init; }

    /// <summary>What a segmentation is asked for; null for a classification.</summary>
    public SegmentationTask? Task { get; init; }

    /// <summary>Whether it is a segmentation.</summary>
    public bool IsSegmentation => Task is not null;

    /// <summary>The seed of the training, or the one that it would have.</summary>
    public int Seed => TrainerOptionsCode.SeedOf(Record) ?? Project.Vision.Training?.Seed ?? 1;

    /// <summary>The name of the model's file.</summary>
    public string ModelFile => Name + ".mlnet";

    /// <summary>The name of the project's file.</summary>
    public string ProjectFile => Name + ".mbconfig";

    /// <param name="project">The project.</param>
    /// <param name="folder">Where the code goes.</param>
    /// <param name="modelFile">The file of the trained model; null for none.</param>
    /// <param name="space">The namespace; null for one after the class.</param>
    /// <exception cref="NotSupportedException">The project's scenario is none of pictures.</exception>
    /// <exception cref="InvalidDataException">The model file is broken, or has other parts.</exception>
    public static CodeSubject Of(TrainingProject project, string folder, string? modelFile, string? space)
    {
        string name = Path.GetFileNameWithoutExtension(project.Path);
        string type = CSharpText.ClassName(name);
        StoredNetwork? network = modelFile is null ? null : StoredModelFile.Read(modelFile).Network;
        return new CodeSubject
        {
            Project = project,
            Folder = Path.GetFullPath(folder),
            Name = name,
            Class = type,
            Namespace = CSharpText.Namespace(string.IsNullOrWhiteSpace(space) ? type + "_Model" : space),
            Network = network,
            Record = network?.TrainingJson is { } json ? TrainingRecord.FromJson(json) : null,
            Task = network is null ? TaskOf(project) : network.Scoring?.Task,
        };
    }

    private static SegmentationTask? TaskOf(TrainingProject project) => (project.Scenario, project.Vision.Task?.ToUpperInvariant()) switch
    {
        ("ImageClassification", _) or (_, "CLASSIFICATION") => null,
        (_, "SEMANTIC") => SegmentationTask.Semantic,
        (_, "INSTANCE") => SegmentationTask.Instance,
        (_, "PANOPTIC") or ("ObjectDetection", null) => SegmentationTask.Panoptic,
        _ => throw new NotSupportedException(
            $"'{project.Path}' is of the scenario {project.Scenario}{(project.Vision.Task is { } task ? $" with the task {task}" : "")}; expected ImageClassification, or ObjectDetection with one of the tasks semantic, instance and panoptic."),
    };
}
