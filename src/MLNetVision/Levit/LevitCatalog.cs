using Microsoft.ML.Data;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;

namespace Microsoft.ML;

/// <summary>LeViT among ML.NET's trainers and transforms.</summary>
public static class LevitCatalog
{
    /// <summary>Trains a LeViT classifier, with the settings that are changed most often. Everything else follows the data.</summary>
    /// <param name="trainers">The catalog of multiclass trainers.</param>
    /// <param name="labelColumnName">The key column of labels; there are as many classes as keys.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="scoreColumnName">The column of probabilities that the trained transformer adds: a vector of Single, one for each class in the order of the keys, 0 to 1 and together 1.</param>
    /// <param name="predictedLabelColumnName">The column of the most probable class that it adds, a key with the values of the labels.</param>
    /// <param name="checkpoint">A checkpoint folder, model id or ML.NET model file to start from; null starts from facebook/levit-128S if it can be had, otherwise from new weights.</param>
    /// <param name="epochs">The passes over the training data, at least 1; null for a number that follows the number of pictures.</param>
    /// <param name="validationSet">Data for validation; null for none.</param>
    /// <param name="trainTime">The seconds that the training may take, above 0; null for no limit.</param>
    /// <exception cref="ArgumentException">A column's name is empty, or both added columns have one name. Other numbers out of their range are refused by <c>Fit</c>.</exception>
    public static LevitTrainer Levit(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, string labelColumnName = "Label", string imageColumnName = "Image",
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", string? checkpoint = null, int? epochs = null, IDataView? validationSet = null, double? trainTime = null) =>
        trainers.Levit(new LevitTrainer.Options
        {
            LabelColumnName = labelColumnName,
            ImageColumnName = imageColumnName,
            OutputColumns = new LevitOutputColumns { Score = scoreColumnName, PredictedLabel = predictedLabelColumnName },
            Checkpoint = checkpoint,
            AdjustTraining = recipe => recipe with { Epochs = epochs ?? recipe.Epochs, TrainTime = trainTime },
            ValidationSet = validationSet,
        });

    /// <summary>Trains a LeViT classifier.</summary>
    /// <param name="trainers">The catalog of multiclass trainers.</param>
    /// <param name="options">All settings.</param>
    /// <exception cref="ArgumentException">Options exclude each other, a column's name is empty or there twice, or a number is out of its range. Those of <see cref="LevitTrainer.Options.Training"/> are looked at by <c>Fit</c>, since some depend on the data.</exception>
    public static LevitTrainer Levit(this MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, LevitTrainer.Options options) =>
        new(HostAccess.EnvironmentOf(trainers), options);

    /// <summary>Scores pictures with a LeViT checkpoint, without training; the labels are those of its config.json (id2label).</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="outputColumns">The columns that are added; Score and PredictedLabel if null.</param>
    /// <param name="batchSize">The rows that are scored at once over a data view, at least 1.</param>
    /// <param name="precision">In which numbers the network multiplies; with <see cref="ScoringPrecision.BFloat16"/> it is faster where <see cref="ScoringPrecisions.IsFast"/> says so, and scores differ in the third digit.</param>
    /// <param name="orientation">Whether pictures that are files or their bytes are turned upright by what a camera wrote beside them; <see cref="ExifOrientation.Ignore"/> takes them as stored, as Hugging Face does.</param>
    /// <param name="hub">How a model id is downloaded; null for the way that the environment variables say. What it does not say of log and warnings goes to the context's log, and cancelling the context ends a download.</param>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no LeViT.</exception>
    /// <exception cref="ArgumentException">A column's name is empty or there twice, or <paramref name="batchSize"/> is below 1.</exception>
    public static LevitScoringEstimator ApplyLevit(
        this TransformsCatalog catalog, string checkpoint, string imageColumnName = "Image", LevitOutputColumns? outputColumns = null,
        int batchSize = LevitTransformer.DefaultBatchSize, ScoringPrecision precision = ScoringPrecision.Single,
        ExifOrientation orientation = ExifOrientation.Apply, HubOptions? hub = null) =>
        new(HostAccess.EnvironmentOf(catalog), checkpoint, imageColumnName, outputColumns ?? new LevitOutputColumns(), batchSize, precision, orientation, hub);

    /// <summary>Makes an embedding of each picture, for ML.NET's own trainers: the mean of LeViT's last tokens.</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="outputColumnName">The column that is added: a vector of Single as long as the last of the config's hidden_sizes, 384 for levit-128S.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="batchSize">The rows that are scored at once over a data view, at least 1.</param>
    /// <param name="precision">In which numbers the network multiplies; with <see cref="ScoringPrecision.BFloat16"/> it is faster where <see cref="ScoringPrecisions.IsFast"/> says so, and scores differ in the third digit.</param>
    /// <param name="orientation">Whether pictures that are files or their bytes are turned upright by what a camera wrote beside them; <see cref="ExifOrientation.Ignore"/> takes them as stored, as Hugging Face does.</param>
    /// <param name="hub">How a model id is downloaded; null for the way that the environment variables say. What it does not say of log and warnings goes to the context's log, and cancelling the context ends a download.</param>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no LeViT.</exception>
    /// <exception cref="ArgumentException">A column's name is empty or there twice, or <paramref name="batchSize"/> is below 1.</exception>
    public static LevitScoringEstimator LevitFeatures(
        this TransformsCatalog catalog, string checkpoint, string outputColumnName = "Features", string imageColumnName = "Image",
        int batchSize = LevitTransformer.DefaultBatchSize, ScoringPrecision precision = ScoringPrecision.Single,
        ExifOrientation orientation = ExifOrientation.Apply, HubOptions? hub = null) =>
        new(HostAccess.EnvironmentOf(catalog), checkpoint, imageColumnName,
            new LevitOutputColumns { Score = null, PredictedLabel = null, Features = outputColumnName }, batchSize, precision, orientation, hub);
}
