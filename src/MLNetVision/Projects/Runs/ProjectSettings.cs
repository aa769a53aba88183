using System.Globalization;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Engine;
using TorchSharp;

namespace MLNetVision.Projects.Runs;

/// <summary>What a project says of its training, checked and in the types that trainers take.</summary>
internal sealed class ProjectSettings
{
    public const int UsualSeed = 1;

    // Beyond these a training cannot but diverge, or ask for more memory than machines have.
    private const double HighestLearningRate = 10;
    private const int LargestBatch = 1 << 16, LargestInput = 2048, LargestCrop = 8192;

    private readonly TrainingProject _project;

    /// <exception cref="InvalidDataException">The project says what cannot be done; the message names it.</exception>
    public ProjectSettings(TrainingProject project)
    {
        _project = project;
        Task = project.Vision.Task switch
        {
            null => IsClassification ? null : SegmentationTask.Panoptic,
            "classification" => IsClassification ? null : throw Wrong("Task", "classification", "semantic, instance or panoptic in a project of the scenario ObjectDetection"),
            var _ when IsClassification => throw Wrong("Task", project.Vision.Task, "classification in a project of the scenario ImageClassification"),
            "semantic" => SegmentationTask.Semantic,
            "instance" => SegmentationTask.Instance,
            "panoptic" => SegmentationTask.Panoptic,
            var other => throw Wrong("Task", other, "classification, semantic, instance or panoptic"),
        };
        Expect("Training.ClassWeights", Training.ClassWeights, IsClassification ? ["none", "balanced"] : ["none"]);
        Expect("Training.Augmentation", Training.Augmentation, ["default"]);
        Expect("Training.Freeze", Training.Freeze, ["none"]);
        Expect("Model.Family", Model.Family, [Family]);
        Expect("Model.Precision", Model.Precision, ["Float32", "BFloat16"]);
        Require("Training.Epochs", Training.Epochs, 1);
        Require("Training.Steps", Training.Steps, 1);
        Require("Training.BatchSize", Training.BatchSize, IsClassification ? 2 : 1, LargestBatch);
        Require("Training.Patience", Training.Patience, 1);
        Require("Training.Seed", Training.Seed, 0);
        Require("Model.ImageSize", Model.ImageSize, 16, IsClassification ? LargestInput : LargestCrop);
        Require("Model.NumQueries", Model.NumQueries, 1, LargestBatch);
        Require("Scoring.ScoreThreshold", ScoreThreshold, 0, 1);
        if (Training.LearningRate is { } rate && rate is not (> 0 and <= HighestLearningRate))
        {
            throw Wrong("Training.LearningRate", rate.ToString(CultureInfo.InvariantCulture), FormattableString.Invariant($"more than 0 and at most {HighestLearningRate}"));
        }

        if (IsClassification && Training.Steps is not null)
        {
            throw Wrong("Training.Steps", $"{Training.Steps}", "nothing: a classification counts epochs");
        }

        if (project.Validation is { SplitRatio: { } share } && share is not (>= 0 and < 1))
        {
            throw Wrong("SplitRatio", share.ToString(CultureInfo.InvariantCulture), "at least 0, for none, and less than 1");
        }
    }

    /// <summary>The arithmetic of the training.</summary>
    public TrainingPrecision Precision => Model.Precision == nameof(TrainingPrecision.BFloat16) ? TrainingPrecision.BFloat16 : TrainingPrecision.Float32;

    public bool IsClassification => _project.Scenario switch
    {
        "ImageClassification" => true,
        "ObjectDetection" => false,
        var other => throw Wrong("Scenario", other, "ImageClassification or ObjectDetection"),
    };

    public string Family => IsClassification ? "LeViT" : "Mask2Former";

    /// <summary>The task; null for a classification.</summary>
    public SegmentationTask? Task { get; }

    public VisionTraining Training => _project.Vision.Training ?? new VisionTraining();

    public VisionModel Model => _project.Vision.Model ?? new VisionModel();

    public int Seed => Training.Seed ?? UsualSeed;

    /// <summary>The checkpoint that is named: a folder or file from the project's folder, or a model id.</summary>
    public string? Checkpoint => Model.Checkpoint is { } name && _project.FullPath(name) is { } path && Path.Exists(path) ? path : Model.Checkpoint;

    public string Data => _project.DataPath ?? throw new InvalidDataException($"'{_project.Path}' names no data.");

    public string? Validation => _project.FullPath(_project.Vision.Data?.ValidationPath) ?? _project.Validation?.Path;

    public string? Test => _project.FullPath(_project.Vision.Data?.TestPath);

    public double? ScoreThreshold => _project.Vision.Scoring?.ScoreThreshold ?? _project.ScoreThreshold;

    public double? TrainTime => _project.TrainTime?.TotalSeconds;

    /// <summary>The device in the project's words.</summary>
    public string Device => _project.Vision.Device ?? (_project.Environment == "LocalGPU" ? "cuda" : "auto");

    /// <summary>The GPU that computes; null for the CPU. Of "auto" a GPU where one can be used.</summary>
    /// <exception cref="InvalidDataException">It is no device.</exception>
    /// <exception cref="DllNotFoundException">There is no libtorch.</exception>
    public int? FindGpu()
    {
        TorchLibrary.EnsureLoaded();
        return Device switch
        {
            "cpu" => null,
            "auto" => torch.cuda.is_available() ? 0 : null,
            "cuda" => 0,
            var name when name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
            var other => throw Wrong("Device", other, "cpu, cuda, cuda:N or auto"),
        };
    }

    public static string Describe(int? gpu) => gpu is { } index ? $"cuda:{index}" : $"the CPU, kernels of level {KernelLevels.Name(KernelLevels.Current)}";

    private void Expect(string name, string? value, string[] known)
    {
        if (value is not null && !known.Contains(value))
        {
            throw Wrong(name, value, string.Join(" or ", known) + $" for {Family}");
        }
    }

    private void Require(string name, double? value, int least, int most = int.MaxValue)
    {
        if (value is { } number && !(number >= least && number <= most))
        {
            throw Wrong(name, number.ToString(CultureInfo.InvariantCulture), most == int.MaxValue ? $"at least {least}" : $"from {least} to {most}");
        }
    }

    private InvalidDataException Wrong(string name, string? value, string expected) => new($"{name} of '{_project.Path}' is '{value}'; expected {expected}.");
}
