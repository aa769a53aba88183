using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNetVision.Devices;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;
using MLNetVision.Training;
using TorchSharp;

namespace MLNetVision.Mask2Former;

/// <summary>Trains Mask2Former for semantic, instance or panoptic segmentation, from scratch or from a checkpoint.</summary>
/// <remarks>
/// What the options leave open follows the data; one line of the log says what was chosen, as does
/// <see cref="Mask2FormerTransformer.TrainingPlan"/>.
/// The rows are those of <see cref="SegmentationColumns"/>, as every loader of annotations gives them. Broken rows and
/// pictures that cannot be decoded are skipped, and warnings count and name them. The same data, options and seed give the
/// same weights on the CPU. A trainer may be fitted any number of times; its options never change.
/// </remarks>
public sealed partial class Mask2FormerTrainer : ITrainerEstimator<Mask2FormerTransformer, Mask2FormerModelParameters>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal Mask2FormerTrainer(IHostEnvironment environment, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _host = environment.Register(nameof(Mask2FormerTrainer));
        _options = options;
    }

    /// <summary>Neither normalisation nor a cache is needed; validation data are taken.</summary>
    public TrainerInfo Info { get; } = HostAccess.TrainerInfo();

    /// <summary>Trains; validates on <see cref="Options.ValidationSet"/> if there is one.</summary>
    /// <param name="input">Data with the columns of pictures and segments.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or an option is out of its range.</exception>
    /// <exception cref="ArgumentException">A thing class is not among the classes, evaluations are asked for without validation data, or the transformer to start from has no Mask2Former.</exception>
    /// <exception cref="InvalidOperationException">No row can be used, not one has a segment, no picture can be read, the GPU that was asked for is not there, or the checkpoint folder holds the state of another training.</exception>
    /// <exception cref="FileNotFoundException">The checkpoint to start from lacks a file.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint to start from is broken, or it is no Mask2Former.</exception>
    /// <exception cref="MLNetVision.Models.Common.Hub.HubException">There is neither such a folder nor such a model to start from, or the hub cannot be reached.</exception>
    /// <exception cref="NotFiniteNumberException">Loss or gradient were not finite in several steps in a row.</exception>
    /// <exception cref="InsufficientMemoryException">A step needs more memory than the device has; the message says what to lower.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled before a step was taken.</exception>
    public Mask2FormerTransformer Fit(IDataView input) => Fit(input, _options.ValidationSet);

    /// <summary>Trains and validates.</summary>
    /// <param name="trainData">Data with the columns of pictures and segments.</param>
    /// <param name="validationData">Data for validation with the same columns; null for none. Their labels may be keys or text; classes are matched by name, and segments of one that the training data do not have count as missed.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/returns | /remarks | /exception"/>
    public Mask2FormerTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        ClassLabels labels = LabelsOf(trainData.Schema);
        SceneColumns columns = ColumnsOf(trainData.Schema);
        SegmentationScoringOptions scoring = _options.Scoring with { ThingClasses = _options.Scoring.ThingClasses ?? ThingsOf(columns.Label, labels) };
        if (scoring is { Task: SegmentationTask.Instance, ThingClasses: { Count: 0 } })
        {
            throw new ArgumentException(
                $"No class is a thing, so that the task {scoring.Task} would find nothing; name things in {nameof(Options.Scoring)}.{nameof(SegmentationScoringOptions.ThingClasses)} " +
                $"or in the label column's annotation '{SegmentationColumns.IsThing}'.");
        }

        scoring.Validate(labels.Names);
        SceneColumns? validationColumns = validationData is null ? null : SchemaMismatch.InValidation(
            () => SceneColumns.FindValidation(validationData, _options.ImageColumnName, _options.Truth, _options.Scoring.Orientation, labels));
        if (validationData is null && _options.Training?.EvaluationSteps is not null)
        {
            throw new ArgumentException($"{nameof(Options.Training)}.{nameof(SegmentationTrainingOptions.EvaluationSteps)} is set, but there are no validation data.");
        }

        using Mask2FormerStart start = Mask2FormerStart.Open(_options, _host);
        using IChannel channel = _host.Start("Training");
        bool isSemantic = scoring.Task == SegmentationTask.Semantic;
        using TrainingScenes training = TrainingScenes.Read(_host, trainData, columns, isSemantic, "training");
        using TrainingScenes? validation = validationData is null
            ? null
            : TrainingScenes.Read(_host, validationData, validationColumns!, isSemantic, "validation", SceneEvaluation.CreateEvaluator(scoring.Task, validationColumns!.Classes!.Names));

        Mask2FormerTrainingPlan plan = start.Plan(labels.Names, () => Facts(training, labels), hasValidation: validation is not null);
        channel.Info(MessageSensitivity.UserData, "{0}", plan);
        if (plan.Start.Advice is { } advice)
        {
            channel.Warning(MessageSensitivity.UserData, "{0}", advice);
        }

        torch.Device device = HostEngines.ForTraining(_host, channel, plan.Training);
        int seed = _options.Seed ?? HostAccess.SeedOf(_host) ?? plan.Training.Seed;
        Mask2FormerModelParameters model = start.Create(
            plan, seed, text => channel.Warning(MessageSensitivity.None, "{0}", text), text => channel.Info(MessageSensitivity.None, "{0}", text));
        try
        {
            model.Module.to(device);
            SceneEvaluation? evaluation = validation is null ? null : new SceneEvaluation(validation, validationColumns!, scoring, model.Preprocessing);
            model.Training = Train(model, training, evaluation, scoring, plan.Training with { Seed = seed }, channel, plan.Start);
            return new Mask2FormerTransformer(_host, model, labels, _options.ImageColumnName, scoring, _options.ScoringBatchSize) { TrainingPlan = plan };
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
        SceneColumns.Check(inputSchema, _options.ImageColumnName, _options.Truth);
        ClassLabels labels = ClassLabels.PlaceholderOfSegments(inputSchema, _options.LabelColumnName);
        SchemaShape annotations = SchemaShapes.Find(inputSchema, _options.LabelColumnName)!.Value.Annotations;
        bool knowsThings = _options.Scoring.ThingClasses is not null || SchemaShapes.Find(annotations, SegmentationColumns.IsThing) is not null;
        return ImageScoring<SegmentationResult>.GetOutputShape(
            inputSchema, _options.ImageColumnName, SegmentationResultColumns.Create(labels, knowsThings ? [] : null));
    }

    private static IReadOnlyCollection<string>? ThingsOf(DataViewSchema.Column label, ClassLabels labels) =>
        ThingFlags.Of(label) is { } flags ? [.. labels.Names.Where((_, i) => flags[i])] : null;

    private Mask2FormerTrainingPlan Resolve(IDataView data)
    {
        ClassLabels labels = LabelsOf(data.Schema);
        using Mask2FormerStart start = Mask2FormerStart.Open(_options, _host);
        using TrainingScenes scenes = TrainingScenes.Read(_host, data, ColumnsOf(data.Schema), _options.Scoring.Task == SegmentationTask.Semantic, "training");
        return start.Plan(labels.Names, () => Facts(scenes, labels), hasValidation: _options.ValidationSet is not null);
    }

    private SceneColumns ColumnsOf(DataViewSchema schema) => SceneColumns.Find(schema, _options.ImageColumnName, _options.Truth, _options.Scoring.Orientation);

    private static PictureFacts Facts(TrainingScenes scenes, ClassLabels labels) => PictureFacts.Of(scenes.Count, scenes.SizeOf, labels.Names);

    private ClassLabels LabelsOf(DataViewSchema schema) => ClassLabels.OfSegments(schema, _options.LabelColumnName, PretrainedConfig.DefaultLabels);

    private TrainingRecord Train(
        Mask2FormerModelParameters model, TrainingScenes training, SceneEvaluation? evaluation, SegmentationScoringOptions scoring, SegmentationTrainingOptions options, IChannel channel,
        TrainingStart start)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_options.CancellationToken);
        var progress = new Mask2FormerTrainingLog(_host, channel, SceneEvaluation.MetricName(_options.Scoring.Task), _options.ProgressCallback, cancellation, options.TrainTime);
        SegmentationTrainingResult result = Mask2FormerTraining.Run(
            model.Module, model.Preprocessing, training, options,
            evaluation is null ? null : (module, token) => evaluation.Score(module, Stopped), evaluation?.Scenes, progress, cancellation.Token);
        result = result with { SkippedInValidation = evaluation?.Skipped ?? [] };
        progress.Finish(result);
        if (result.Outcome == TrainingOutcome.Cancelled && result.Steps == 0)
        {
            throw new OperationCanceledException("The training was cancelled before its first step was taken.", _options.CancellationToken);
        }

        return result.Record with
        {
            Start = start.ToString(),
            Data = training.WithLeftOut(result.Record.Data),
            Metric = evaluation is null ? null : SceneEvaluation.MetricName(scoring.Task),
            Validation = evaluation?.Data.WithSkipped(result.SkippedInValidation),
            Settings = TrainingRecord.SettingsOf(new { Start = new { start.Kind, start.Name }, _options.Checkpoint, model.Config.NumQueries, Scoring = scoring, Training = options }),
            Versions = LibraryVersions.With(result.Record.Versions, "Microsoft.ML", typeof(MLContext)),
        };

        bool Stopped()
        {
            progress.CancelIfStopped();
            return cancellation.IsCancellationRequested;
        }
    }
}
