using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Projects;

namespace MLNetVision.Cli.Train;

/// <summary>Makes the project of a command line: what it says, over what the project's file says.</summary>
internal static class TrainProject
{
    private static readonly int[] NoLimit = [0, 2147482, 2147483, int.MaxValue];
    private static readonly string[] PartNames = ["train", "training", "images", "data", "annotations"];

    public static TrainingProject Open(TrainArguments arguments)
    {
        TrainingProject project = arguments.TrainingConfig is { } file ? TrainingProject.Load(file) : Create(arguments);
        Apply(arguments, project);
        return project;
    }

    private static TrainingProject Create(TrainArguments arguments)
    {
        string data = Path.GetFullPath(arguments.Dataset!);
        if (!Path.Exists(data))
        {
            throw new CommandException(ExitCode.Data, $"There is no file or folder '{data}' (--dataset).");
        }

        string name = arguments.Name ?? NameOf(data);
        if (arguments.Name is null && Path.GetFullPath(Path.Combine(arguments.Output ?? ".", name)) == Path.TrimEndingDirectorySeparator(data))
        {
            name += "-model"; // what is written does not go among the data
        }

        string path = Path.GetFullPath(Path.Combine(arguments.Output ?? ".", name, $"{name}.mbconfig"));
        TrainingProject? existing = File.Exists(path) ? TrainingProject.Load(path) : null;
        bool classifies = arguments.Verb == "image-classification";
        if (existing is not null && existing.Vision.Model is null)
        {
            throw new CommandException(ExitCode.Usage, $"'{path}' is a project that this command did not make: train it by 'mlnetvision train --training-config {path}', or choose another --name.");
        }

        if (arguments.Resume)
        {
            return existing is null ? throw new CommandException(ExitCode.Usage, $"There is no project '{path}' to go on with.")
                : existing.DataPath == data ? existing
                : throw new CommandException(ExitCode.Usage, $"The project '{path}' has the data '{existing.DataPath}', not '{data}': a run goes on with its own data.");
        }

        string kind = classifies ? "Folder" : AnnotationForms.Recognise(data)?.Form == AnnotationForm.Vott ? "Vott" : "Coco";
        TrainingProject project = TrainingProject.Create(path, classifies ? "ImageClassification" : "ObjectDetection", kind, data);
        project.Vision = project.Vision with { Runs = existing?.Vision.Runs, Other = existing?.Vision.Other };
        return project;
    }

    /// <summary>A name for data: of their folder, but for folders that are called like parts.</summary>
    private static string NameOf(string data)
    {
        DirectoryInfo? folder = Directory.Exists(data) ? new DirectoryInfo(data) : new FileInfo(data).Directory;
        while (folder?.Parent is { Name.Length: > 0 } parent && PartNames.Contains(folder.Name.ToLowerInvariant()))
        {
            folder = parent;
        }

        return folder is { Parent: not null } ? folder.Name : "Model";
    }

    private static void Apply(TrainArguments arguments, TrainingProject project)
    {
        VisionBlock block = project.Vision;
        VisionModel model = block.Model ?? new VisionModel();
        VisionData data = block.Data ?? new VisionData();
        VisionTraining training = block.Training ?? new VisionTraining();
        VisionScoring scoring = block.Scoring ?? new VisionScoring();
        project.Vision = block with
        {
            Task = arguments.Task ?? block.Task,
            Model = model with
            {
                Checkpoint = arguments.Checkpoint is { } checkpoint ? (Path.Exists(checkpoint) ? Path.GetFullPath(checkpoint) : checkpoint) : model.Checkpoint,
                ImageSize = arguments.ImageSize ?? model.ImageSize,
                Precision = arguments.Precision switch { "float32" => "Float32", "bfloat16" => "BFloat16", _ => model.Precision },
            },
            Data = data with
            {
                ImageFolder = Full(arguments.Images) ?? data.ImageFolder,
                ValidationPath = Full(arguments.ValidationDataset) ?? (arguments.SplitRatio is null && arguments.Folds is null ? data.ValidationPath : null),
                TestPath = Full(arguments.TestDataset) ?? data.TestPath,
            },
            Training = training with
            {
                Epochs = arguments.Epochs ?? (arguments.Steps is null ? training.Epochs : null),
                Steps = arguments.Steps ?? (arguments.Epochs is null ? training.Steps : null),
                BatchSize = arguments.Batch ?? training.BatchSize,
                LearningRate = arguments.LearningRate ?? training.LearningRate,
                Patience = arguments.Patience ?? training.Patience,
                ClassWeights = arguments.ClassWeights ?? training.ClassWeights,
                Freeze = arguments.Freeze ?? training.Freeze,
                Augmentation = arguments.Augmentation ?? training.Augmentation,
                Seed = arguments.Seed ?? training.Seed,
            },
            Scoring = arguments.ScoreThreshold is { } threshold ? scoring with { ScoreThreshold = threshold } : block.Scoring,
            Device = arguments.Device ?? block.Device,
        };
        if (arguments.SplitRatio is { } share)
        {
            project.Validation = new ProjectValidation(SplitRatio: share);
        }
        else if (arguments.Folds is { } folds)
        {
            project.Validation = new ProjectValidation(Folds: folds);
        }
        else if (arguments.ValidationDataset is { } validation)
        {
            project.Validation = new ProjectValidation(Path: Path.GetFullPath(validation));
        }

        if (arguments.TrainTime is { } seconds)
        {
            project.TrainTime = NoLimit.Contains(seconds) ? null : TimeSpan.FromSeconds(seconds);
        }
    }

    private static string? Full(string? path) => path is null ? null : Path.Exists(path) ? Path.GetFullPath(path)
        : throw new CommandException(ExitCode.Data, $"There is no file or folder '{Path.GetFullPath(path)}'.");
}
