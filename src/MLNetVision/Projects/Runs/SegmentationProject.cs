using Microsoft.ML;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Automatic;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Projects.Sets;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Reports;

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
        Settings.CheckFreeze(plan.Start);
        return new RecipePlan(plan.Start, plan.Training.Augmentation.CropHeight, null, plan.Training.Steps, plan.Training, TrainingRecord.SettingsOf(plan.Training));
    }

    public override void Fit(string stateFolder, Reached reached, CancellationToken cancellation) =>
        _trained = ml.Segmentation.Trainers.Mask2Former(Options(stateFolder, reached, cancellation)).Fit(_train, Sets.Find(ProjectSets.Validation));

    public override void SaveCheckpoint(string folder) => _trained!.Model.SavePretrained(folder);

    public override ProjectEvaluation Evaluate(MLContext ml, IDataView data, string title, string checkpoint, bool withTraining = true, ProjectEvaluation? pool = null)
    {
        // Average precision ranks all instances by itself.
        ITransformer model = task != SegmentationTask.Instance ? Model
            : ml.Transforms.ApplyMask2Former(checkpoint, Scoring with { Threshold = 0, ThingClasses = _trained!.Options.ThingClasses }).Fit(data);
        try
        {
            var options = new SegmentationReportOptions { Title = title, Training = withTraining ? Record : null };
            return new SegmentsEvaluation(SegmentationPass.Evaluate(model.Transform(data), task, options, HostAccess.EnvironmentOf(ml.Transforms), ((SegmentsEvaluation?)pool)?.Evaluation), Metric);
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
        SegmentationAugmentation augmentation = ProjectChoices.Vary(recipe.Augmentation, asked.Augmentation);
        return ProjectChoices.Freeze(recipe, asked.Freeze) with
        {
            Steps = steps,
            BatchSize = batch,
            LearningRate = asked.LearningRate ?? recipe.LearningRate,
            LearningRateBatchSize = asked.LearningRate is null ? recipe.LearningRateBatchSize : null,
            EvaluationSteps = evaluation,
            EarlyStoppingPatience = evaluation is null ? null : asked.Patience,
            Augmentation = Settings.Model.ImageSize is { } side ? augmentation with { CropHeight = side, CropWidth = side } : augmentation,
            Precision = Settings.Precision,
            TrainTime = Settings.TrainTime,
            Seed = Settings.Seed,
            CheckpointFolder = stateFolder,
            CheckpointSteps = Math.Clamp(steps / 10, 20, 500),
        };
    }
}
