using MLNetVision.Internals;
using MLNetVision.Mask2Former;
using MLNetVision.Segmentation;

namespace Microsoft.ML;

/// <summary>Mask2Former among ML.NET's transforms.</summary>
public static class Mask2FormerCatalog
{
    /// <summary>Segments pictures with a Mask2Former checkpoint, without training; the classes are those of its config.json (id2label).</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="task">What is asked of each picture.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="Data.MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken.</exception>
    public static Mask2FormerScoringEstimator ApplyMask2Former(
        this TransformsCatalog catalog, string checkpoint, SegmentationTask task = SegmentationTask.Panoptic, string imageColumnName = "Image") =>
        catalog.ApplyMask2Former(checkpoint, new SegmentationScoringOptions { Task = task }, imageColumnName);

    /// <summary>Segments pictures with a Mask2Former checkpoint, with all settings.</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="checkpoint">A checkpoint folder, or a model id.</param>
    /// <param name="options">How segments are made.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="Data.MLImage"/> of any declared size, the bytes of picture files, or their paths.</param>
    /// <param name="batchSize">The pictures that are decoded ahead together over a data view, at least 1; the network takes them one by one.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or a thing class is not among the model's.</exception>
    public static Mask2FormerScoringEstimator ApplyMask2Former(
        this TransformsCatalog catalog, string checkpoint, SegmentationScoringOptions options, string imageColumnName = "Image",
        int batchSize = Mask2FormerTransformer.DefaultBatchSize) =>
        new(HostAccess.EnvironmentOf(catalog), checkpoint, imageColumnName, options, batchSize);
}
