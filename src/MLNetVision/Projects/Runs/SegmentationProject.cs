using Microsoft.ML;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Projects.Sets;
using MLNetVision.Segmentation;

namespace MLNetVision.Projects.Runs;

/// <summary>Trains a Mask2Former.</summary>
internal sealed class SegmentationProject(MLContext ml, ProjectSettings settings, ProjectSets sets, SegmentationTask task, int pictures) : ProjectRecipe(settings, sets)
{
    // Enough for a curve and a choice, and a small part of the time where validation pictures are as few as usual.
    private readonly IDataView _train = sets[ProjectSets.Train];
    private Mask2FormerTransformer? _trained;

    public override string Metric => task switch { SegmentationTask.Semantic => "MeanIoU", SegmentationTask.Instance => "MaskAP", _ => "PQ" };

    /// <summary>The task as projects have it.</summary>
    public string TaskName => task switch { SegmentationTask.Semantic => "semantic", SegmentationTask.Instance => "instance", _ => "panoptic" };

    public override IReadOnlyList<string> ClassNames => KeyNames.Of(_train.Schema["Label"])?.ToText() ?? [];

    public override ITransformer Model => _trained!;

    public override TrainingRecord Record => _trained!.Model.Training!;

    private SegmentationScoringOptions Scoring => new() { Task = task, Threshold = Settings.ScoreThreshold ?? new SegmentationScoringOptions().Threshold };

    public override RecipePlan Resolve(CancellationToken cancellation)
    {
        Mask2FormerTrainingPlan plan = Options(null, null, cancellation).Resolve(_train);
        return new RecipePlan(plan.Start, plan.Training.Augmentation.CropHeight, null, plan.Training.Steps, plan.Training, TrainingRecord.SettingsOf(plan.Training));
    }

    public override void Fit(string stateFolder, Reached reached, CancellationToken cancellation) =>
        _trained = ml.Segmentation.Trainers.Mask2Former(Options(stateFolder, reached, cancellation)).Fit(_train, Sets.Find(ProjectSets.Validation));

    public override void SaveCheckpoint(string folder) => _trained!.Model.SavePretrained(folder);

    public override (IReadOnlyDictionary<string, double> Figures, string Text) Evaluate(MLContext evaluating, IDataView data, string set, ProjectRunFolder run)
    {
        // Average precision ranks all instances by itself.
        ITransformer model = task != SegmentationTask.Instance ? Model
            : evaluating.Transforms.ApplyMask2Former(run.BestFolder, Scoring with { Threshold = 0, ThingClasses = _trained!.Options.ThingClasses }).Fit(data);
        try
        {
            SegmentationFigures figures = evaluating.Segmentation.SaveEvaluation(
                model.Transform(data), task, run.Path, new SegmentationReportOptions { Title = $"Segmentation of the {set} pictures", Training = Record });
            var named = new Dictionary<string, double> { [Metric] = figures.Figure };
            if (figures.Panoptic is { } panoptic)
            {
                (named["SQ"], named["RQ"]) = (panoptic.All.SegmentationQuality, panoptic.All.RecognitionQuality);
            }

            return (named, figures.ToString());
        }
        finally
        {
            if (!ReferenceEquals(model, Model))
            {
                (model as IDisposable)?.Dispose();
            }
        }
    }

    public override LabelCounts SaveSummary(MLContext evaluating, string folder) => evaluating.Segmentation.SaveDataSummary(Sets.All, folder);

    public override void Dispose() => _trained?.Dispose();

    private Mask2FormerTrainer.Options Options(string? stateFolder, Reached? reached, CancellationToken cancellation) => new()
    {
        Checkpoint = Settings.Checkpoint,
        NumQueries = Settings.Model.NumQueries,
        Scoring = Scoring,
        Seed = Settings.Seed,
        CancellationToken = cancellation,
        ProgressCallback = reached is null ? null : progress => reached(progress, progress.Score),
        AdjustTraining = recipe => Adjust(recipe, stateFolder),
    };

    private SegmentationTrainingOptions Adjust(SegmentationTrainingOptions recipe, string? stateFolder)
    {
        VisionTraining asked = Settings.Training;
        int batch = asked.BatchSize ?? recipe.BatchSize;
        long steps = asked.Steps ?? (asked.Epochs is { } epochs ? (long)Math.Clamp(Math.Ceiling(epochs * (double)pictures / batch), 1, int.MaxValue) : recipe.Steps);
        long? evaluation = Sets.Find(ProjectSets.Validation) is null ? null : Mask2FormerRecipes.EvaluationSteps(steps);
        return recipe with
        {
            Steps = steps,
            BatchSize = batch,
            LearningRate = asked.LearningRate ?? recipe.LearningRate,
            LearningRateBatchSize = asked.LearningRate is null ? recipe.LearningRateBatchSize : null,
            EvaluationSteps = evaluation,
            EarlyStoppingPatience = evaluation is null ? null : asked.Patience,
            Augmentation = Settings.Model.ImageSize is { } side ? recipe.Augmentation with { CropHeight = side, CropWidth = side } : recipe.Augmentation,
            Precision = Settings.Precision,
            TrainTime = Settings.TrainTime,
            Seed = Settings.Seed,
            CheckpointFolder = stateFolder,
            CheckpointSteps = Math.Clamp(steps / 10, 20, 500),
        };
    }
}
