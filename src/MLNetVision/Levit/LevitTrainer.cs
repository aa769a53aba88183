using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNetVision.Devices;
using MLNetVision.Images;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Scoring;
using MLNetVision.Training;
using TorchSharp;

namespace MLNetVision.Levit;

/// <summary>Trains LeViT image classifiers, from scratch, from a checkpoint, with or without a teacher.</summary>
/// <remarks>
/// What the options leave open follows the data; one line of the log says what was chosen, as does
/// <see cref="LevitTransformer.TrainingPlan"/>.
/// Pictures that cannot be decoded and rows without a label are skipped, and warnings count them. The same data, options and
/// seed give the same weights on the CPU. A trainer may be fitted any number of times; its options never change.
/// </remarks>
public sealed partial class LevitTrainer : ITrainerEstimator<LevitTransformer, LevitModelParameters>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal LevitTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _host = environment.Register(nameof(LevitTrainer));
        _options = options;
    }

    /// <summary>Neither normalisation nor a cache is needed; validation data are taken.</summary>
    public TrainerInfo Info { get; } = HostAccess.TrainerInfo();

    /// <summary>Trains; validates on <see cref="Options.ValidationSet"/> if there is one.</summary>
    /// <param name="input">Data with the columns of pictures and labels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or an option is out of its range.</exception>
    /// <exception cref="ArgumentException">The transformer to start from has no LeViT, or options contradict each other.</exception>
    /// <exception cref="InvalidOperationException">No row has a label and a picture, no picture can be read, the GPU that was asked for is not there, or the checkpoint folder holds the state of another training.</exception>
    /// <exception cref="FileNotFoundException">The checkpoint to start from lacks a file.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint to start from is broken, or it is no LeViT.</exception>
    /// <exception cref="MLNetVision.Models.Common.Hub.HubException">There is neither such a folder nor such a model to start from, or the hub cannot be reached.</exception>
    /// <exception cref="InsufficientMemoryException">A step needs more memory than the device has; the message says what to lower.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled before an epoch was finished.</exception>
    public LevitTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Trains and validates.</summary>
    /// <param name="trainData">Data with the columns of pictures and labels.</param>
    /// <param name="validationData">Data for validation with the same columns; their labels may be keys or text, classes are matched by name. Null for none.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/returns | /remarks | /exception"/>
    public LevitTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ClassLabels labels = CheckColumns(trainData.Schema);
        LabelReader? validationLabel = validationData is null ? null : SchemaMismatch.InValidation(() => CheckValidation(validationData.Schema, labels));
        using LevitStart start = LevitStart.Open(_options, _host);
        using IChannel channel = _host.Start("Training");
        using TrainingPictures training = Read(trainData, LabelReader.OfTraining(trainData.Schema, _options.LabelColumnName), "training");
        using TrainingPictures? validation = validationData is null ? null : Read(validationData, validationLabel!, "validation");
        LevitTrainingPlan plan = start.Plan(labels.Names, () => Facts(training, labels));
        channel.Info(MessageSensitivity.UserData, "{0}", plan);
        if (plan.Start.Advice is { } advice)
        {
            channel.Warning(MessageSensitivity.UserData, "{0}", advice);
        }

        torch.Device device = HostEngines.ForTraining(_host, channel, plan.Training);
        int seed = _options.Seed ?? HostAccess.SeedOf(_host) ?? plan.Training.Seed;
        LevitModelParameters model = start.Create(
            plan, seed, text => channel.Warning(MessageSensitivity.None, "{0}", text), text => channel.Info(MessageSensitivity.None, "{0}", text));
        try
        {
            model.Module.to(device);
            model.Training = Train(model, labels, training, validation, plan.Training with { Seed = seed }, channel, plan.Start);
            return new LevitTransformer(_host, model, labels, _options.ImageColumnName, _options.OutputColumns, _options.ScoringBatchSize, _options.ScoringPrecision, _options.Orientation)
            {
                TrainingPlan = plan,
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The shape of scored data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ClassLabels labels = ClassLabels.Placeholder(inputSchema, _options.LabelColumnName);
        return ImageScoring<LevitResult>.GetOutputShape(
            inputSchema, _options.ImageColumnName, LevitColumns.Create(_options.OutputColumns, labels, featureCount: 1));
    }

    private LevitTrainingPlan Resolve(IDataView data)
    {
        ClassLabels labels = CheckColumns(data.Schema);
        using LevitStart start = LevitStart.Open(_options, _host);
        using TrainingPictures pictures = Read(data, LabelReader.OfTraining(data.Schema, _options.LabelColumnName), "training");
        return start.Plan(labels.Names, () => Facts(pictures, labels));
    }

    private TrainingPictures Read(IDataView data, LabelReader label, string role) =>
        TrainingPictures.Read(_host, data, _options.ImageColumnName, label, _options.Orientation, role);

    private static PictureFacts Facts(TrainingPictures pictures, ClassLabels labels) => PictureFacts.Of(pictures.Count, pictures.SizeOf, labels.Names);

    private LabelReader CheckValidation(DataViewSchema schema, ClassLabels labels)
    {
        ImageColumn.Find(schema, _options.ImageColumnName);
        return LabelReader.OfValidation(schema, _options.LabelColumnName, labels);
    }

    private ClassLabels CheckColumns(DataViewSchema schema)
    {
        ImageColumn.Find(schema, _options.ImageColumnName);
        return ClassLabels.Of(schema, _options.LabelColumnName, PretrainedConfig.DefaultLabels);
    }

    private TrainingRecord Train(
        LevitModelParameters model, ClassLabels labels, TrainingPictures training, TrainingPictures? validation, LevitTrainingOptions options, IChannel channel, TrainingStart start)
    {
        using var teachers = new TeacherHolder(_options, labels.Names, _host, model.Module.parameters().First().device, text => channel.Warning(MessageSensitivity.None, "{0}", text));
        options = options with { Teacher = teachers.Teacher ?? options.Teacher };
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_options.CancellationToken);
        var progress = new LevitTrainingLog(_host, channel, _options.ProgressCallback, cancellation, options.TrainTime);
        var processor = new LevitImageProcessor(model.Preprocessing);
        LevitTrainingResult result = model.Module is LevitForImageClassificationWithTeacher distilled
            ? LevitTraining.Run(distilled, processor, training, validation, options, progress, cancellation.Token)
            : LevitTraining.Run((LevitForImageClassification)model.Module, processor, training, validation, options, progress, cancellation.Token);
        progress.Finish(result);
        if (result.Outcome == TrainingOutcome.Cancelled && result.History.Count == 0)
        {
            throw new OperationCanceledException("The training was cancelled before its first epoch was finished.", _options.CancellationToken);
        }

        return result.Record with
        {
            Start = start.ToString(),
            Data = training.WithLeftOut(result.Record.Data),
            Validation = validation is null ? result.Record.Validation : validation.WithLeftOut(result.Record.Validation!),
            Settings = TrainingRecord.SettingsOf(new
            {
                Start = new { start.Kind, start.Name }, _options.Checkpoint, _options.Preset, model.Config.ImageSize, model.Config.DropPathRate, Teacher = _options.TeacherCheckpoint ?? (_options.HasTeacher ? "given" : null),
                model.HasDistillationHead, _options.ScoringPrecision, _options.Orientation, Training = options,
            }),
            Versions = LibraryVersions.With(result.Record.Versions, "Microsoft.ML", typeof(MLContext)),
        };
    }
}
