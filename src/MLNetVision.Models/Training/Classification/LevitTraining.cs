using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Trains LeViT classifiers, from scratch or from a checkpoint (Graham et al. 2021, section 5.1).</summary>
/// <remarks>
/// The same model, data, options and seed give the same weights on the CPU, whatever the number of data threads. Batches
/// are prepared on other threads while the model computes; it computes on the calling thread and on torch's own.
/// </remarks>
public static class LevitTraining
{
    /// <summary>Trains a classifier with one head, on the device where it is.</summary>
    /// <param name="model">The model; its weights become the trained ones, and it is left in eval mode.</param>
    /// <param name="processor">How pictures are prepared for scoring; it must make pictures of the model's image size.</param>
    /// <param name="training">The training pictures, at least two.</param>
    /// <param name="validation">The validation pictures; null for none, or for a fraction of the training pictures.</param>
    /// <param name="options">How to train.</param>
    /// <param name="progress">Told after each step and at each epoch's end, on the calling thread if it is not a <see cref="Progress{T}"/>; may be null.</param>
    /// <param name="cancellation">Ends the training after the present step; the model then holds the weights of the best epoch so far, or where none was validated the latest, and nothing is thrown.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ArgumentException">Options, model, processor and data contradict each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The checkpoint folder holds the state of another training, the teacher's answer has a wrong shape, or so few pictures can be read that no step is taken.</exception>
    /// <exception cref="InvalidDataException">The state in the checkpoint folder is broken or of another version of this library.</exception>
    /// <exception cref="NotFiniteNumberException">Loss or gradient was not finite in as many steps in a row as the options allow.</exception>
    public static LevitTrainingResult Run(
        LevitForImageClassification model, LevitImageProcessor processor, IImageClassificationData training, IImageClassificationData? validation,
        LevitTrainingOptions options, IProgress<LevitTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Run(LevitStudent.Of(model), processor, training, validation, options, progress, cancellation);
    }

    /// <summary>Trains a classifier with a distillation head; see the other overload.</summary>
    /// <inheritdoc cref="Run(LevitForImageClassification, LevitImageProcessor, IImageClassificationData, IImageClassificationData?, LevitTrainingOptions, IProgress{LevitTrainingProgress}?, CancellationToken)"/>
    public static LevitTrainingResult Run(
        LevitForImageClassificationWithTeacher model, LevitImageProcessor processor, IImageClassificationData training, IImageClassificationData? validation,
        LevitTrainingOptions options, IProgress<LevitTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Teacher is null)
        {
            throw new ArgumentException("A model with a distillation head needs a Teacher; without one its second head would not be trained.", nameof(options));
        }

        return Run(LevitStudent.Of(model), processor, training, validation, options, progress, cancellation);
    }

    private static LevitTrainingResult Run(
        LevitStudent student, LevitImageProcessor processor, IImageClassificationData training, IImageClassificationData? validation,
        LevitTrainingOptions options, IProgress<LevitTrainingProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(student.Config.NumLabels, LevitConfig.StageCount);
        CheckSize(student.Config, processor.Config);
        CheckClasses(training, student.Config.NumLabels, least: 0, nameof(training));
        if (validation is not null)
        {
            CheckClasses(validation, student.Config.NumLabels, least: IImageClassificationData.UnknownClass, nameof(validation));
        }
        else if (options.ValidationFraction > 0)
        {
            (training, validation) = ValidationSplit.Create(training, options.ValidationFraction, options.Seed);
        }

        CheckCounts(training, validation, options);
        if (options.BalanceClasses)
        {
            options = options with { ClassWeights = BalancedWeights.Of(training, student.Config.NumLabels) };
        }

        using var threads = new ComputeThreads(options.ComputeThreads);
        using var recipe = new ClassificationRecipe(student, processor, training, validation, options, progress);
        var run = new TrainingRun(recipe, options);
        return recipe.Result(run.Train(cancellation), run.Position);
    }

    private static void CheckSize(LevitConfig config, LevitImageProcessorConfig processor)
    {
        ImageSize size = processor.DoCenterCrop ? processor.CropSize : processor.Size;
        bool isFixed = processor.DoCenterCrop || (processor.DoResize && processor.Size.IsFixed);
        if (!isFixed || size.Width != config.ImageSize || size.Height != config.ImageSize)
        {
            throw new ArgumentException(
                $"The model needs pictures of {config.ImageSize}×{config.ImageSize}, but the processor makes pictures of {(isFixed ? size : "any size")}.", nameof(processor));
        }

        if (config.NumChannels != RgbImage.Channels)
        {
            throw new ArgumentException($"The model needs {config.NumChannels} channels, but pictures have {RgbImage.Channels}.", nameof(config));
        }
    }

    private static void CheckClasses(IImageClassificationData data, int classes, int least, string parameter)
    {
        for (int i = 0; i < data.Count; i++)
        {
            int @class = data.ClassOf(i);
            if (@class < least || @class >= classes)
            {
                throw new ArgumentException($"Picture '{data.NameOf(i)}' is of class {@class}, but the model's {classes} classes are 0 to {classes - 1}.", parameter);
            }
        }
    }

    private static void CheckCounts(IImageClassificationData training, IImageClassificationData? validation, LevitTrainingOptions options)
    {
        if (training.Count < 2)
        {
            throw new ArgumentException($"There are {training.Count} training pictures; batch normalisation needs at least 2.", nameof(training));
        }

        if (validation is { Count: 0 })
        {
            throw new ArgumentException("There are no validation pictures: too few for the fraction, or none given.", nameof(validation));
        }

        if (validation is null && options.EarlyStoppingPatience is not null)
        {
            throw new ArgumentException($"{nameof(options.EarlyStoppingPatience)} needs validation pictures or a {nameof(options.ValidationFraction)}.", nameof(options));
        }
    }
}
