using System.Globalization;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Training;
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
        Expect("Training.Augmentation", Training.Augmentation, ProjectChoices.Augmentations);
        if (Training.Freeze is { } freeze && !ProjectChoices.IsFreeze(freeze, IsClassification))
        {
            throw Wrong("Training.Freeze", freeze, $"none or backbone{(IsClassification ? ", or the number of stages that stay as they are" : string.Empty)} for {Family}");
        }

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

        if (project.Validation?.Folds is { } folds && (folds < 2 || Validation is not null))
        {
            throw Wrong("NumberOfFolds", $"{folds}", Validation is null ? "at least 2" : "nothing, since there are validation data of their own");
        }

        if (project.Validation?.Folds is not null && Training.Patience is not null)
        {
            throw Wrong("Training.Patience", $"{Training.Patience}", "nothing, since in a cross-validation no pictures choose a state");
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

    /// <summary>What the project says of the training: the block, and the passes of Model Builder's own node where the block counts none.</summary>
    public VisionTraining Training
    {
        get
        {
            VisionTraining said = _project.Vision.Training ?? new VisionTraining();
            return !IsClassification && said.Epochs is null && said.Steps is null && _project.Epochs > 0 ? said with { Epochs = _project.Epochs } : said;
        }
    }

    public VisionModel Model => _project.Vision.Model ?? new VisionModel();

    /// <summary>Whether a part of the network stays as it is.</summary>
    public bool Freezes => Training.Freeze is not (null or ProjectChoices.None or "0");

    public int Seed => Training.Seed ?? UsualSeed;

    /// <summary>The checkpoint that is named: a folder or file from the project's folder, or a model id.</summary>
    public string? Checkpoint => Model.Checkpoint is { } name && _project.FullPath(name) is { } path && Path.Exists(path) ? path : Model.Checkpoint;

    public string Data => _project.DataPath ?? throw new InvalidDataException($"'{_project.Path}' names no data.");

    public string? Validation => _project.FullPath(_project.Vision.Data?.ValidationPath) ?? _project.Validation?.Path;

    public string? Test => _project.FullPath(_project.Vision.Data?.TestPath);

    public double? ScoreThreshold => _project.Vision.Scoring?.ScoreThreshold ?? _project.ScoreThreshold;

    /// <summary>The seconds of a training: of a cross-validation of each, the last one too.</summary>
    public double? TrainTime => _project.TrainTime?.TotalSeconds / (1 + (_project.Validation?.Folds ?? 0));

    /// <summary>What Model Builder's nodes say for its own networks, and these do not do.</summary>
    public IEnumerable<string> NotTaken()
    {
        if (!IsClassification && Model.ImageSize is null && _project.ImageSize is { } size)
        {
            yield return $"ResizeOption ({size.Width}×{size.Height}) is for Model Builder's network; here the size follows from the data, unless Model.ImageSize names one.";
        }

        if (!IsClassification && _project.IouThreshold is { } overlap)
        {
            yield return FormattableString.Invariant($"IOUThreshold ({overlap}) is for networks that find an object several times; this one finds each once.");
        }

        string metric = IsClassification ? "MicroAccuracy" : "mAP50_95";
        if (_project.OptimizeMetric is { } wished && wished != metric)
        {
            yield return $"OptimizeMetric is {wished}; the best state is chosen by {(IsClassification ? metric : "the metric of the task")} all the same.";
        }
    }

    /// <summary>The device in the project's words.</summary>
    public string Device => _project.Vision.Device ?? (_project.Environment == "LocalGPU" ? "cuda" : "auto");

    /// <summary>The GPU that computes; null for the CPU. Of "auto" a GPU where one can be used.</summary>
    /// <exception cref="InvalidDataException">It is no device.</exception>
    /// <param name="isPlan">Whether nothing is computed, so that without libtorch the CPU, or a GPU that is named, will do.</param>
    /// <exception cref="DllNotFoundException">There is no libtorch.</exception>
    public int? FindGpu(bool isPlan)
    {
        bool hasTorch = isPlan && TorchLibrary.TryLoad();
        if (!isPlan)
        {
            TorchLibrary.EnsureLoaded();
            hasTorch = true;
        }

        return Device switch
        {
            "cpu" => null,
            "auto" => hasTorch && torch.cuda.is_available() ? 0 : null,
            "cuda" => 0,
            var name when name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
            var other => throw Wrong("Device", other, "cpu, cuda, cuda:N or auto"),
        };
    }

    public static string Describe(int? gpu) => gpu is { } index ? $"cuda:{index}" : $"the CPU, kernels of level {KernelLevels.Name(KernelLevels.Current)}";

    /// <summary>Refuses to keep weights that nobody has trained.</summary>
    /// <exception cref="InvalidDataException">The training begins with new weights, a part of which would stay so.</exception>
    public void CheckFreeze(TrainingStart start)
    {
        if (Freezes && start.Kind == TrainingStartKind.Scratch)
        {
            throw Wrong("Training.Freeze", Training.Freeze, $"none, since the training starts from new weights ({start.Reason}), which have learnt nothing to be kept: name a checkpoint");
        }
    }

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
