using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Devices;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;

namespace MLNetVision.Levit;

/// <summary>
/// Classifies pictures with LeViT: in batches over a data view, row by row in a prediction engine. It adds the columns of
/// <see cref="LevitOutputColumns"/>, usually Score (a vector of Single, a probability for each class) and PredictedLabel (a key). It is
/// lazy (a cursor that reads no scored column runs no network) and may be used from any number of threads.
/// </summary>
/// <remarks>
/// A picture that cannot be read gets NaN scores and the missing key; one warning counts them. Save it with
/// <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> brings it back without any registration.
/// </remarks>
public sealed class LevitTransformer : ImageScoringTransformer<LevitModelParameters>
{
    /// <summary>The rows of a batch: the input of 32 pictures of 224×224 takes 19 MB.</summary>
    internal const int DefaultBatchSize = LevitClassifier.BatchSize;

    internal LevitTransformer(
        IHostEnvironment environment, LevitModelParameters model, ClassLabels labels, string imageColumnName, LevitOutputColumns columns, int batchSize,
        ScoringPrecision precision, ExifOrientation orientation)
        : base(model, model.Training, labels, imageColumnName, CreateScoring(environment, model, labels, imageColumnName, columns, batchSize, precision, orientation)) =>
        (OutputColumns, Precision, Orientation) = (columns, precision, orientation);

    /// <summary>The columns that the transformer adds.</summary>
    public LevitOutputColumns OutputColumns { get; }

    /// <summary>In which numbers the network multiplies, on the CPU and on a GPU alike.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>Whether pictures that are files or their bytes are turned upright; an <see cref="Microsoft.ML.Data.MLImage"/> has lost what its camera wrote.</summary>
    public ExifOrientation Orientation { get; }

    /// <summary>What the training that gave this transformer did, and why; null where it came from a checkpoint or a file.</summary>
    public LevitTrainingPlan? TrainingPlan { get; internal init; }

    private protected override void Save(ModelSaveContext context) => LevitModelFile.Save(context, this);

    private static ImageScoring<LevitResult> CreateScoring(
        IHostEnvironment environment, LevitModelParameters model, ClassLabels labels, string imageColumnName, LevitOutputColumns columns, int batchSize,
        ScoringPrecision precision, ExifOrientation orientation)
    {
        IHost host = environment.Register(nameof(LevitTransformer));
        EngineChoice engine = HostEngines.ForScoring(host, precision, LevitScoringEngine.HasLibTorchForm);
        return new ImageScoring<LevitResult>(
            host, imageColumnName, batchSize, new LevitScorer(model, columns, engine, DisposedTransformer.Owner(typeof(LevitTransformer), imageColumnName)), LevitColumns.Create(columns, labels, model.Config.HiddenSizes[^1]), orientation);
    }
}
