using System.Text.Json.Serialization;
using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Options;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Models.Training.Classification;

/// <summary>
/// How a LeViT classifier is trained. The defaults suit fine-tuning a checkpoint; <see cref="OriginalRecipe"/> holds those
/// of LeViT's own training on ImageNet (Graham et al. 2021, section 5.1).
/// </summary>
/// <remarks>
/// Training happens on the device where the model's parameters are. The rate of drop path belongs to the model's
/// configuration.
/// </remarks>
public sealed record LevitTrainingOptions : TrainingOptions
{
    /// <summary>
    /// The recipe of LeViT's authors: 1,000 epochs, batch 256 · 8 workers, learning rate 5e-4 a batch of 512, weight decay
    /// 0.025, 5 epochs of warm-up, RandAugment 9, mixup 0.8, CutMix 1, label smoothing 0.1, erasing 0.25, averaged weights.
    /// The batch is one worker's here; a teacher must be added for the hard distillation.
    /// </summary>
    public static LevitTrainingOptions OriginalRecipe { get; } = new()
    {
        Epochs = 1000, BatchSize = 256, LearningRate = 5e-4, WarmUpEpochs = 5, Mixup = 0.8, CutMix = 1,
        WeightAverageDecay = 0.99996, Augmentation = ImageAugmentation.OriginalRecipe,
    };

    /// <summary>The passes over the training pictures, at least 1; by default 20. (Original: 1,000.)</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>
    /// The pictures of a batch, at least 2 (LeViT normalises over the batch); by default 32. (Original: 256 a worker.) A
    /// last batch that is not full is left out, unless it is the only one.
    /// </summary>
    public override int BatchSize { get; init; } = 32;

    /// <summary>
    /// The highest learning rate for a batch of <see cref="LearningRateBatchSize"/>, above 0; by default 2e-3, which gives
    /// 1.25e-4 for a batch of 32. (Original: 5e-4.)
    /// </summary>
    public override double LearningRate { get; init; } = 2e-3;

    /// <summary>
    /// The batch for which <see cref="LearningRate"/> is meant: the rate used is LearningRate · BatchSize ·
    /// GradientAccumulation / LearningRateBatchSize. At least 1, by default 512, as in the original; null uses
    /// <see cref="LearningRate"/> as it is.
    /// </summary>
    public override int? LearningRateBatchSize { get; init; } = 512;

    /// <summary>The learning rate at the end of the cosine, as a share of the highest, 0 to 1; by default 0.02, the original's 1e-5 of 5e-4.</summary>
    public double FinalLearningRate { get; init; } = 0.02;

    /// <summary>The epochs, also parts of one, in which the learning rate rises linearly from nearly 0; at least 0, by default 1. (Original: 5.)</summary>
    public double WarmUpEpochs { get; init; } = 1;

    /// <summary>
    /// AdamW's weight decay for the matrices, at least 0; by default 0.025, as in the original. Biases, normalisation
    /// weights and attention biases never decay.
    /// </summary>
    public override double WeightDecay { get; init; } = 0.025;

    /// <summary>
    /// The largest L2 norm of all gradients together, above 0; larger ones are scaled down. By default 1; null turns
    /// clipping off. (The original clips adaptively per unit.)
    /// </summary>
    public override double? GradientClipping { get; init; } = 1;

    /// <summary>The share of the target that is spread over all classes, 0 to below 1; by default 0.1, as in the original.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>A weight for each class in the loss, each at least 0 and not all 0; null, the default, weighs all alike. (Original: none.)</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// Whether each class weighs in the loss as if all had the same number of training pictures; by default false. Not together
    /// with <see cref="ClassWeights"/>.
    /// </summary>
    public bool BalanceClasses { get; init; }

    /// <summary>
    /// Whether BatchNorm's statistics are computed anew, of up to 1,024 training pictures as they are prepared for scoring, for
    /// weights that are measured or kept; null, the default, in trainings of fewer than 200 steps, or that ended
    /// before as many, whose running averages are still those of other weights. Frozen stages keep theirs. The weights themselves do not change.
    /// </summary>
    public bool? FreshStatistics { get; init; }

    /// <summary>
    /// The α of the Beta(α, α) from which mixup (Zhang et al. 2018) draws a batch's proportion; at least 0, where 0 is off;
    /// by default 0. (Original: 0.8.)
    /// </summary>
    public double Mixup { get; init; }

    /// <summary>
    /// The α of the Beta(α, α) from which CutMix (Yun et al. 2019) draws a batch's proportion; at least 0, where 0 is off;
    /// by default 0. (Original: 1.) With mixup, each batch draws one of the two.
    /// </summary>
    public double CutMix { get; init; }

    /// <summary>The variations of the training pictures; the defaults of <see cref="ImageAugmentation"/> if not set.</summary>
    public ImageAugmentation Augmentation { get; init; } = new();

    /// <summary>A teacher; null trains on the labels alone, by default. (Original: RegNetY-16GF, hard.)</summary>
    /// <remarks>
    /// A model with a distillation head learns the labels with its first head and the teacher with the second; a model with
    /// one head learns both with that.
    /// </remarks>
    [JsonIgnore]
    public DistillationTeacher? Teacher { get; init; }

    /// <summary>What is taken from the teacher; by default its classes, as in the original.</summary>
    public LevitDistillation Distillation { get; init; } = LevitDistillation.Hard;

    /// <summary>The teacher's share of the loss, 0 to 1; by default 0.5, as in the original.</summary>
    public double DistillationWeight { get; init; } = 0.5;

    /// <summary>The temperature of soft distillation, above 0; by default 1, as in the original.</summary>
    public double DistillationTemperature { get; init; } = 1;

    /// <summary>
    /// The stages whose weights and statistics stay as they are, from the first; 0 trains everything, by default. 1 and more
    /// also freeze the patch embedding; the number of stages leaves only the heads to train.
    /// </summary>
    public int FrozenStages { get; init; }

    /// <summary>Whether the weights and statistics of all but the heads stay as they are; by default false. Not together with <see cref="FrozenStages"/>.</summary>
    public bool FreezeBackbone { get; init; }

    /// <summary>
    /// The share of each class's training pictures that is set aside for validation when no validation data are given, 0 to
    /// below 1; by default 0: none.
    /// </summary>
    public double ValidationFraction { get; init; }

    /// <summary>Which epoch's weights are kept; by default those of the best validation accuracy.</summary>
    public BestEpochSelection BestEpoch { get; init; } = BestEpochSelection.ValidationAccuracy;

    /// <summary>
    /// The epochs without a better validation result (as <see cref="BestEpoch"/> ranks them; by accuracy for
    /// <see cref="BestEpochSelection.Last"/>) after which the training stops; at least 1. By default null: never. Needs
    /// validation data.
    /// </summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>
    /// The steps of the optimiser after which the state is saved, at least 1; by default null: at the end of each epoch
    /// only. A cancelled run saves its state in either case.
    /// </summary>
    public override long? CheckpointSteps { get; init; }

    /// <summary>Throws unless every property is in its range and all agree.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="stages">The model's number of stages.</param>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of its range.</exception>
    /// <exception cref="ArgumentException">Two properties contradict each other.</exception>
    internal void Validate(int classes, int stages)
    {
        ValidateCommon(smallestBatch: 2);
        OptionRange.Check(Epochs, 1, int.MaxValue, nameof(Epochs));
        OptionRange.Check(FinalLearningRate, 0, 1, nameof(FinalLearningRate));
        OptionRange.Check(WarmUpEpochs, 0, Epochs, nameof(WarmUpEpochs));
        OptionRange.Check(LabelSmoothing, 0, 0.999, nameof(LabelSmoothing));
        OptionRange.Check(Mixup, 0, double.MaxValue, nameof(Mixup));
        OptionRange.Check(CutMix, 0, double.MaxValue, nameof(CutMix));
        OptionRange.Check(DistillationWeight, 0, 1, nameof(DistillationWeight));
        OptionRange.Check(DistillationTemperature, double.Epsilon, double.MaxValue, nameof(DistillationTemperature));
        OptionRange.Check(FrozenStages, 0, stages, nameof(FrozenStages));
        OptionRange.Check(ValidationFraction, 0, 0.999, nameof(ValidationFraction));
        OptionRange.Check(EarlyStoppingPatience ?? 1, 1, int.MaxValue, nameof(EarlyStoppingPatience));
        ArgumentNullException.ThrowIfNull(Augmentation);
        Augmentation.Validate();
        ValidateClassWeights(classes);
        if (BalanceClasses && ClassWeights is not null)
        {
            throw new ArgumentException($"{nameof(BalanceClasses)} and {nameof(ClassWeights)} exclude each other.");
        }

        if (FreezeBackbone && FrozenStages > 0)
        {
            throw new ArgumentException($"{nameof(FreezeBackbone)} and {nameof(FrozenStages)} exclude each other.");
        }

        if (CheckpointSteps is not null && CheckpointFolder is null)
        {
            throw new ArgumentException($"{nameof(CheckpointSteps)} is {CheckpointSteps}, but there is no {nameof(CheckpointFolder)}.");
        }
    }

    private void ValidateClassWeights(int classes)
    {
        if (ClassWeights is null)
        {
            return;
        }

        if (ClassWeights.Count != classes)
        {
            throw new ArgumentException($"{nameof(ClassWeights)} has {ClassWeights.Count} weights, but the model has {classes} classes.");
        }

        for (int i = 0; i < classes; i++)
        {
            OptionRange.Check(ClassWeights[i], 0, double.MaxValue, $"{nameof(ClassWeights)}[{i}]");
        }

        if (ClassWeights.All(weight => weight == 0))
        {
            throw new ArgumentException($"All {nameof(ClassWeights)} are 0.");
        }
    }
}
