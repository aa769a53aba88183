using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>Trains Mask2Former, from scratch or from a checkpoint (Cheng et al. 2022, section 4.1).</summary>
/// <remarks>
/// The same model, data, options and seed give the same weights on the CPU with the same number of torch threads, whatever
/// the number of data threads and however often the training was interrupted.
/// </remarks>
public static class Mask2FormerTraining
{
    /// <summary>Trains a model on the device where it is.</summary>
    /// <param name="model">The model; its weights become the trained ones, and it is left in eval mode.</param>
    /// <param name="processor">How pictures are normalised: rescaling, mean and standard deviation. The size is at most the augmentation's crop.</param>
    /// <param name="data">The training pictures, at least one.</param>
    /// <param name="options">How to train.</param>
    /// <param name="evaluation">Scores the model in eval mode, higher being better (PQ, AP or mIoU, say); the weights of the best score are kept. Null keeps the last ones.</param>
    /// <param name="progress">Told after each step and after each evaluation, on the calling thread if it is not a <see cref="Progress{T}"/>; may be null.</param>
    /// <param name="cancellation">Ends the training after the present step; the model then holds the weights of the best evaluation so far, or without one the latest, and nothing is thrown.</param>
    /// <exception cref="ArgumentException">Options and data contradict each other or the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint folder holds the state of another training, or no picture can be read.</exception>
    /// <exception cref="InvalidDataException">The state in the checkpoint folder is broken or of another version of this library.</exception>
    /// <exception cref="NotFiniteNumberException">Loss or gradient was not finite in as many steps in a row as the options allow.</exception>
    public static SegmentationTrainingResult Run(
        Mask2FormerForUniversalSegmentation model, ImageProcessorConfig processor, ISegmentationData data, SegmentationTrainingOptions options,
        Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? evaluation = null,
        IProgress<SegmentationTrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(model, processor, data, options, evaluation, evaluated: null, progress, cancellation);

    /// <summary>The same, where it is known what is evaluated: a training goes on with the same alone, since it chooses the best weights.</summary>
    internal static SegmentationTrainingResult Run(
        Mask2FormerForUniversalSegmentation model, ImageProcessorConfig processor, ISegmentationData data, SegmentationTrainingOptions options,
        Func<Mask2FormerForUniversalSegmentation, CancellationToken, double>? evaluation, ISegmentationData? evaluated,
        IProgress<SegmentationTrainingProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (data.Count == 0)
        {
            throw new ArgumentException("There are no training pictures.", nameof(data));
        }

        if (options.EvaluationSteps is not null && evaluation is null)
        {
            throw new ArgumentException($"{nameof(options.EvaluationSteps)} is {options.EvaluationSteps}, but there is no evaluation.", nameof(options));
        }

        CheckClasses(data, model.Config.NumLabels);
        using var threads = new ComputeThreads(options.ComputeThreads);
        using var recipe = new SegmentationRecipe(model, processor, data, options, evaluation, evaluated, progress);
        var run = new TrainingRun(recipe, options);
        return recipe.Result(run.Train(cancellation), run.Position);
    }

    private static void CheckClasses(ISegmentationData data, int classes)
    {
        for (int i = 0; i < data.Count; i++)
        {
            foreach (int value in data.ClassesOf(i))
            {
                if (value < 0 || value >= classes)
                {
                    throw new ArgumentException($"Picture '{data.NameOf(i)}' has a segment of class {value}, but the model's {classes} classes are 0 to {classes - 1}.", nameof(data));
                }
            }
        }
    }

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
