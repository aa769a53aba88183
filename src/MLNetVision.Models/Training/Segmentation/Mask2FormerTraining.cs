using MLNetVision.Models.Mask2Former;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>What connects Mask2Former to the criterion.</summary>
public static class Mask2FormerTraining
{
    /// <summary>Runs a model so that the criterion can be applied: mask embeddings and features, no masks.</summary>
    /// <param name="model">The model, in training mode for training.</param>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised.</param>
    /// <returns>
    /// The predictions of every layer, or of the final one if the configuration's use_auxiliary_loss is false; in the dispose
    /// scope of the caller.
    /// </returns>
    public static SegmentationPredictions Predict(Mask2FormerForUniversalSegmentation model, Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(model);
        Mask2FormerSegmentationOutput output = model.call(pixelValues, Mask2FormerOutputs.MaskEmbeddings);
        IEnumerable<LayerPrediction> layers = output.LayerPredictions!.Select(layer => new LayerPrediction(layer.ClassQueriesLogits, layer.MaskEmbeddings));
        return new SegmentationPredictions(output.MaskFeatures!, [.. model.Config.UseAuxiliaryLoss ? layers : layers.TakeLast(1)]);
    }

    /// <summary>The weights and point counts of a model's configuration.</summary>
    public static CriterionOptions CriterionOptions(Mask2FormerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new CriterionOptions
        {
            ClassWeight = config.ClassWeight,
            MaskWeight = config.MaskWeight,
            DiceWeight = config.DiceWeight,
            NoObjectWeight = config.NoObjectWeight,
            Points = config.TrainNumPoints,
            OversampleRatio = config.OversampleRatio,
            ImportanceSampleRatio = config.ImportanceSampleRatio,
        };
    }
}
