using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Segmentation;

namespace Microsoft.ML;

/// <summary>Mask2Former among ML.NET's trainers and transforms.</summary>
public static class Mask2FormerCatalog
{
    /// <summary>Trains a Mask2Former, with the settings that are changed most often. Everything else follows the data.</summary>
    /// <param name="trainers">The catalog of segmentation trainers.</param>
    /// <param name="task">What the trained transformer is asked of each picture, and what validation measures: PQ, AP or mIoU.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="Data.MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="labelColumnName">The vector of keys: the class of each segment.</param>
    /// <param name="masksColumnName">The vector of texts: the mask of each segment as COCO's compressed run lengths.</param>
    /// <param name="checkpoint">A checkpoint folder, model id or ML.NET model file to start from; null starts from Swin-T of COCO if it can be had, otherwise from the package MLNetVision.Starter.</param>
    /// <param name="steps">The optimiser's steps, at least 0; null for a number that follows the number of pictures.</param>
    /// <param name="validationSet">Data for validation; null for none.</param>
    /// <param name="trainTime">The seconds that the training may take, above 0; null for no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static Mask2FormerTrainer Mask2Former(
        this SegmentationTrainers trainers, SegmentationTask task = SegmentationTask.Panoptic, string imageColumnName = SegmentationColumns.Image,
        string labelColumnName = SegmentationColumns.Label, string masksColumnName = SegmentationColumns.Masks, string? checkpoint = null, long? steps = null,
        IDataView? validationSet = null, double? trainTime = null) =>
        trainers.Mask2Former(new Mask2FormerTrainer.Options
        {
            ImageColumnName = imageColumnName,
            LabelColumnName = labelColumnName,
            MasksColumnName = masksColumnName,
            Checkpoint = checkpoint,
            Scoring = new() { Task = task },
            AdjustTraining = recipe => recipe with { Steps = steps ?? recipe.Steps, TrainTime = trainTime },
            ValidationSet = validationSet,
        });

    /// <summary>Trains a Mask2Former for any of the three tasks.</summary>
    /// <param name="trainers">The catalog of segmentation trainers.</param>
    /// <param name="options">All settings.</param>
    /// <exception cref="ArgumentException">Options exclude each other, or one is out of its range.</exception>
    public static Mask2FormerTrainer Mask2Former(this SegmentationTrainers trainers, Mask2FormerTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return new Mask2FormerTrainer(trainers.Environment, options);
    }

    /// <summary>Segments pictures with a Mask2Former checkpoint, without training; the classes are those of its config.json (id2label).</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="task">What is asked of each picture.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="Data.MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="hub">How a model id is downloaded; null for the way that the environment variables say. What it does not say of log and warnings goes to the context's log, and cancelling the context ends a download.</param>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no Mask2Former.</exception>
    public static Mask2FormerScoringEstimator ApplyMask2Former(
        this TransformsCatalog catalog, string checkpoint, SegmentationTask task = SegmentationTask.Panoptic, string imageColumnName = "Image",
        HubOptions? hub = null) =>
        catalog.ApplyMask2Former(checkpoint, new SegmentationScoringOptions { Task = task }, imageColumnName, hub: hub);

    /// <summary>Segments pictures with a Mask2Former checkpoint, with all settings.</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="options">How segments are made.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="Data.MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="batchSize">The pictures that are decoded ahead together over a data view, at least 1; the network takes them one by one.</param>
    /// <param name="hub">How a model id is downloaded; null for the way that the environment variables say. What it does not say of log and warnings goes to the context's log, and cancelling the context ends a download.</param>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no Mask2Former.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or a thing class is not among the model's.</exception>
    public static Mask2FormerScoringEstimator ApplyMask2Former(
        this TransformsCatalog catalog, string checkpoint, SegmentationScoringOptions options, string imageColumnName = "Image",
        int batchSize = Mask2FormerTransformer.DefaultBatchSize, HubOptions? hub = null) =>
        new(HostAccess.EnvironmentOf(catalog), checkpoint, imageColumnName, options, batchSize, hub);
}
