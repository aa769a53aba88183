using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Records;
using MLNetVision.Multiclass;
using MLNetVision.Projects.Sets;

namespace MLNetVision.Projects.Runs;

/// <summary>Trains a LeViT; the model's labels are text, as those of ML.NET's own image classification.</summary>
internal sealed class ClassificationProject : ProjectRecipe
{
    // A state between epochs, where those are long.
    private const long StepsOfState = 500;

    private readonly MLContext _ml;
    private readonly ValueToKeyMappingTransformer _keys;
    private readonly IDataView _keyed;
    private LevitTransformer? _trained;
    private TransformerChain<ITransformer>? _model;

    /// <param name="ml">Where it computes.</param>
    /// <param name="settings">What the project says.</param>
    /// <param name="sets">The data.</param>
    /// <param name="whole">Of a fold all pictures of all folds, so that they have the same classes; null where the data are no fold.</param>
    public ClassificationProject(MLContext ml, ProjectSettings settings, ProjectSets sets, IDataView? whole = null)
        : base(settings, sets)
    {
        _ml = ml;
        IDataView train = sets[ProjectSets.Train];
        _keys = ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(whole ?? train);
        _keyed = _keys.Transform(train);
        if (_keyed.Schema["Label"].Type is not KeyDataViewType { Count: >= 2 } key)
        {
            throw new InvalidDataException($"'{settings.Data}' has fewer than two classes: expected a folder for each class, FOLDER/CLASS/PICTURE, or a file of paths and labels.");
        }
    }

    public override string Metric => "MicroAccuracy";

    public override IReadOnlyList<string> ClassNames => KeyNames.Of(_keyed.Schema["Label"])!.ToText();

    public override ITransformer Model => _model!;

    public override TrainingRecord Record => _trained!.Model.Training!;

    public override RecipePlan Resolve(CancellationToken cancellation)
    {
        LevitTrainingPlan plan = Options(null, null, cancellation).Resolve(_keyed);
        Settings.CheckFreeze(plan.Start);
        if (plan.Training.FrozenStages > plan.Network.Depths.Count)
        {
            throw new InvalidDataException($"{plan.Training.FrozenStages} stages are to stay as they are (Training.Freeze), but '{plan.Start.Name}' has {plan.Network.Depths.Count}.");
        }

        return new RecipePlan(plan.Start, plan.Network.ImageSize, plan.Training.Epochs, null, plan.Training, TrainingRecord.SettingsOf(plan.Training));
    }

    public override void Fit(string stateFolder, Reached reached, CancellationToken cancellation)
    {
        LevitTrainer trainer = _ml.MulticlassClassification.Trainers.Levit(Options(stateFolder, reached, cancellation));
        _trained = trainer.Fit(_keyed, Sets.Find(ProjectSets.Validation));
        ITransformer names = _ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(_trained.Transform(_keyed));
        _model = new TransformerChain<ITransformer>(_keys, _trained, names);
    }

    public override void SaveCheckpoint(string folder) => _trained!.Model.SavePretrained(folder);

    public override ProjectEvaluation Evaluate(MLContext ml, IDataView data, string title, string checkpoint, bool withTraining = true, ProjectEvaluation? pool = null) => new ClassesEvaluation(
        ClassificationPass.Evaluate(
            Model.Transform(data), new ClassificationReportOptions { Title = title, Training = withTraining ? Record : null }, HostAccess.EnvironmentOf(ml.MulticlassClassification), ((ClassesEvaluation?)pool)?.Evaluation),
        Metric);

    public override LabelCounts SaveSummary(MLContext ml, string folder) => ml.MulticlassClassification.SaveDataSummary(Sets.All, folder);

    public override void Dispose() => _trained?.Dispose();

    private LevitTrainer.Options Options(string? stateFolder, Reached? reached, CancellationToken cancellation) => new()
    {
        Checkpoint = Settings.Checkpoint,
        ImageSize = Settings.Model.ImageSize,
        Seed = Settings.Seed,
        CancellationToken = cancellation,
        ProgressCallback = reached is null ? null : progress => reached(progress, progress.Summary?.ValidationAccuracy),
        AdjustTraining = recipe => Adjust(recipe, stateFolder),
    };

    private LevitTrainingOptions Adjust(LevitTrainingOptions recipe, string? stateFolder)
    {
        VisionTraining asked = Settings.Training;
        int epochs = asked.Epochs ?? recipe.Epochs;
        return ProjectChoices.Freeze(recipe, asked.Freeze) with
        {
            Epochs = epochs,
            WarmUpEpochs = Math.Min(recipe.WarmUpEpochs, epochs),
            BatchSize = asked.BatchSize ?? recipe.BatchSize,
            LearningRate = asked.LearningRate ?? recipe.LearningRate,
            LearningRateBatchSize = asked.LearningRate is null ? recipe.LearningRateBatchSize : null,
            EarlyStoppingPatience = Sets.Find(ProjectSets.Validation) is null ? null : asked.Patience,
            Augmentation = ProjectChoices.Vary(recipe.Augmentation, asked.Augmentation),
            BalanceClasses = asked.ClassWeights == "balanced",
            Precision = Settings.Precision,
            TrainTime = Settings.TrainTime,
            Seed = Settings.Seed,
            CheckpointFolder = stateFolder,
            CheckpointSteps = stateFolder is null ? null : StepsOfState,
        };
    }
}
