using System.Text.Json;
using System.Text.RegularExpressions;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.State;
using MLNetVision.Training;

namespace MLNetVision.Projects.Code;

/// <summary>The properties of a trainer's options, as lines of C#: those of a training that ran, or those that a project names.</summary>
/// <remarks>A training that ran is named in full, with what followed from its data: the same data then give the same weights on the CPU.</remarks>
internal sealed partial class TrainerOptionsCode
{
    private const int Indent = 12;

    private readonly ObjectCode _objects = new();
    private readonly List<(string Name, string Expression)> _properties = [];
    private readonly string _folder;
    private readonly string _projectFolder;

    private TrainerOptionsCode(CodeSubject subject) => (_folder, _projectFolder) = (subject.Folder, Path.GetDirectoryName(subject.Project.Path)!);

    /// <summary>The lines, each with its indent and end.</summary>
    public string Lines => string.Concat(_properties.Select(property => $"{new string(' ', Indent)}{property.Name} = {property.Expression},\n"));

    /// <summary>The namespaces that they need.</summary>
    public IEnumerable<string> Namespaces => _objects.Namespaces;

    /// <summary>Whether they are those of a training that ran.</summary>
    public bool IsOfTraining { get; private init; }

    /// <summary>Whether the training had a limit of time, so that the weights depend on the speed of the machine too.</summary>
    public bool HasTimeLimit { get; private set; }

    public static TrainerOptionsCode Of(CodeSubject subject)
    {
        var code = new TrainerOptionsCode(subject) { IsOfTraining = subject.Record is not null };
        if (subject is not { Network: { } network, Record: { } record })
        {
            code.AddWished(subject);
        }
        else if (subject.IsSegmentation)
        {
            code.AddMask2Former(network, record);
        }
        else
        {
            code.AddLevit(network, record);
        }

        return code;
    }

    /// <summary>The seed of a training; null without one.</summary>
    public static int? SeedOf(TrainingRecord? record) => record?.Settings.GetProperty(nameof(LevitTrainer.Options.Training)).GetProperty(nameof(TrainingOptions.Seed)).GetInt32();

    private void AddLevit(StoredNetwork network, TrainingRecord record)
    {
        var config = LevitConfig.FromJson(network.ConfigJson);
        if (AddStart(record))
        {
            Add(nameof(LevitTrainer.Options.ImageSize), config.ImageSize);
            Add(nameof(LevitTrainer.Options.DropPathRate), config.DropPathRate);
        }
        else
        {
            Add(nameof(LevitTrainer.Options.Config), FromJson<LevitConfig>(WithoutLabels(config)));
        }

        Add(nameof(LevitTrainer.Options.Preprocessing), FromJson<LevitImageProcessorConfig>(network.PreprocessingJson));
        if (record.Settings.TryGetProperty("Teacher", out JsonElement teacher) && teacher.GetString() is { } name and not "given")
        {
            Add(nameof(LevitTrainer.Options.TeacherCheckpoint), Source(name));
        }

        LevitTrainingOptions training = Read<LevitTrainingOptions>(record);
        AddTraining(training with { EarlyStoppingPatience = null }, (nameof(training.EarlyStoppingPatience), training.EarlyStoppingPatience));
        if (network.Precision != ScoringPrecision.Single)
        {
            Add(nameof(LevitTrainer.Options.ScoringPrecision), network.Precision);
        }

        if (network.Orientation != ExifOrientation.Apply)
        {
            Add(nameof(LevitTrainer.Options.Orientation), network.Orientation);
        }
    }

    private void AddMask2Former(StoredNetwork network, TrainingRecord record)
    {
        var config = PretrainedConfig.FromJson<Mask2FormerConfig>(network.ConfigJson);
        if (AddStart(record))
        {
            Add(nameof(Mask2FormerTrainer.Options.NumQueries), config.NumQueries);
        }
        else
        {
            Add(nameof(Mask2FormerTrainer.Options.Config), FromJson<PretrainedConfig>(WithoutLabels(config), $"<{_objects.Name(typeof(Mask2FormerConfig))}>"));
        }

        Add(nameof(Mask2FormerTrainer.Options.Preprocessing), FromJson<Mask2FormerImageProcessorConfig>(network.PreprocessingJson));
        SegmentationTrainingOptions training = Read<SegmentationTrainingOptions>(record);
        AddTraining(
            training with { EvaluationSteps = null, EarlyStoppingPatience = null },
            (nameof(training.EvaluationSteps), training.EvaluationSteps), (nameof(training.EarlyStoppingPatience), training.EarlyStoppingPatience));
        SegmentationOptions scoring = SegmentationOptions.Of(network.Scoring);
        Add(nameof(Mask2FormerTrainer.Options.Scoring), new SegmentationScoringOptions
        {
            // Which classes are things comes with the data.
            Task = scoring.Task, Threshold = scoring.Threshold, MaskThreshold = scoring.MaskThreshold, OverlapMaskAreaThreshold = scoring.OverlapMaskAreaThreshold,
            Rule = scoring.Rule, MaxInstances = scoring.MaxInstances, Upsampling = scoring.Upsampling, Precision = network.Precision, Orientation = network.Orientation,
        });
    }

    // What a training says of itself; where its state lies and how fast it reads pictures changes nothing.
    private void AddTraining<TOptions>(TOptions training, params (string Name, object? Value)[] validated)
        where TOptions : TrainingOptions, new()
    {
        HasTimeLimit = training.TrainTime is not null;
        Add(nameof(LevitTrainer.Options.Seed), training.Seed);
        var fresh = new TOptions();
        string expression = _objects.Of(training with { Seed = fresh.Seed, DataThreads = null, PrefetchBatches = fresh.PrefetchBatches, CheckpointFolder = null, CheckpointSteps = fresh.CheckpointSteps }, Indent);
        string[] where = [.. from item in validated where item.Value is not null select $"{item.Name} = validationData is null ? null : {_objects.Of(item.Value, Indent)}"];
        Add(nameof(LevitTrainer.Options.Training), new Verbatim(where.Length == 0 ? expression : $"{expression} with {{ {string.Join(", ", where)} }}"));
    }

    /// <returns>False for new weights.</returns>
    private bool AddStart(TrainingRecord record)
    {
        JsonElement start = record.Settings.GetProperty(nameof(LevitTrainingPlan.Start));
        string name = start.GetProperty(nameof(TrainingStart.Name)).GetString()!;
        switch (Enum.Parse<TrainingStartKind>(start.GetProperty(nameof(TrainingStart.Kind)).GetString()!))
        {
            case TrainingStartKind.Scratch:
                return false;
            case TrainingStartKind.Starter:
                Add(nameof(LevitTrainer.Options.Checkpoint), new Verbatim($"Path.Combine(AppContext.BaseDirectory, {CSharpText.Literal(StarterModel.FolderName)})"));
                return true;
            case TrainingStartKind.Transformer:
                _properties.Add(($"// {nameof(LevitTrainer.Options.StartModel)}", "the transformer that the training began with, which is in no file"));
                return true;
            default:
                Add(nameof(LevitTrainer.Options.Checkpoint), Source(name));
                return true;
        }
    }

    private void AddWished(CodeSubject subject)
    {
        VisionBlock vision = subject.Project.Vision;
        if (vision.Model?.Checkpoint is { } checkpoint)
        {
            Add(nameof(LevitTrainer.Options.Checkpoint), Source(checkpoint));
        }

        if (subject.Task is { } task)
        {
            AddWished(nameof(Mask2FormerTrainer.Options.NumQueries), vision.Model?.NumQueries);
            Add(nameof(Mask2FormerTrainer.Options.Scoring), new SegmentationScoringOptions
            {
                Task = task,
                Threshold = vision.Scoring?.ScoreThreshold ?? subject.Project.ScoreThreshold ?? new SegmentationScoringOptions().Threshold,
            });
        }
        else
        {
            AddWished(nameof(LevitTrainer.Options.ImageSize), vision.Model?.ImageSize);
        }

        Add(nameof(LevitTrainer.Options.Seed), subject.Seed);
        string[] changes = [.. Changes(subject)];
        if (changes.Length > 0)
        {
            Add(nameof(LevitTrainer.Options.AdjustTraining), new Verbatim($"recipe => recipe with {{ {string.Join(", ", changes)} }}"));
        }
    }

    private IEnumerable<string> Changes(CodeSubject subject)
    {
        VisionTraining training = subject.Project.Vision.Training ?? new VisionTraining();
        bool isSegmentation = subject.IsSegmentation;
        (string Name, object? Value)[] values =
        [
            (nameof(LevitTrainingOptions.Epochs), isSegmentation ? null : training.Epochs),
            (nameof(SegmentationTrainingOptions.Steps), isSegmentation ? training.Steps : null),
            (nameof(LevitTrainingOptions.BatchSize), training.BatchSize),
            (nameof(LevitTrainingOptions.LearningRate), training.LearningRate),
            (nameof(LevitTrainingOptions.FreezeBackbone), training.Freeze == ProjectChoices.Backbone ? true : null),
            (nameof(LevitTrainingOptions.FrozenStages), isSegmentation ? null : ProjectChoices.Freeze(new LevitTrainingOptions(), training.Freeze).FrozenStages is > 0 and var stages ? stages : null),
            (nameof(LevitTrainingOptions.BalanceClasses), !isSegmentation && training.ClassWeights == "balanced" ? true : null),
            (nameof(LevitTrainingOptions.TrainTime), subject.Project.TrainTime?.TotalSeconds),
        ];
        HasTimeLimit = subject.Project.TrainTime is not null;
        foreach ((string name, object? value) in values.Where(item => item.Value is not null))
        {
            yield return $"{name} = {_objects.Of(value, Indent)}";
            if (name == nameof(LevitTrainingOptions.LearningRate))
            {
                yield return $"{nameof(LevitTrainingOptions.LearningRateBatchSize)} = null";
            }
        }
    }

    private void AddWished(string name, object? value)
    {
        if (value is not null)
        {
            Add(name, value);
        }
    }

    private void Add(string name, object value) => _properties.Add((name, value is Verbatim { Expression: var expression } ? expression : _objects.Of(value, Indent)));

    /// <summary>A folder or file, from where the code lies; or the id of a published model.</summary>
    private object Source(string name)
    {
        string[] places = [Path.GetFullPath(name, _projectFolder), Path.GetFullPath(name)];
        string? path = places.FirstOrDefault(Path.Exists) ?? (Path.IsPathFullyQualified(name) ? name : null);
        return path is null ? name : new Verbatim(CodePaths.InProject(_folder, path));
    }

    // The labels are those of the data.
    private static string WithoutLabels(PretrainedConfig config) => (config with { Labels = PretrainedConfig.DefaultLabels(2) }).ToJson();

    /// <summary>A call that reads the JSON of a config.</summary>
    private Verbatim FromJson<TConfig>(string json, string arguments = "")
    {
        string inner = new(' ', Indent + 4);
        string text = Numbers().Replace(json.ReplaceLineEndings("\n").TrimEnd('\n'), list => Spaces().Replace(list.Value, " ").Replace("[ ", "[", StringComparison.Ordinal).Replace(" ]", "]", StringComparison.Ordinal));
        string lines = string.Concat(text.Split('\n').Select(line => $"{inner}{line}\n"));
        return new Verbatim($"{_objects.Name(typeof(TConfig))}.{nameof(PretrainedConfig.FromJson)}{arguments}(\n{inner}\"\"\"\n{lines}{inner}\"\"\")");
    }

    // A list of numbers on lines of their own.
    [GeneratedRegex(@"\[[-+.0-9eE,\s]+\]")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    private static TOptions Read<TOptions>(TrainingRecord record)
        where TOptions : TrainingOptions =>
        record.Settings.GetProperty(nameof(LevitTrainer.Options.Training)).Deserialize<TOptions>(TrainingFingerprint.Json)
        ?? throw new InvalidDataException("The model's record of its training names no settings.");

    /// <summary>An expression as it is.</summary>
    private sealed record Verbatim(string Expression);
}
