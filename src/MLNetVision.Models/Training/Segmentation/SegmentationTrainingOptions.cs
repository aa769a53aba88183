using MLNetVision.Imaging.Options;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using MLNetVision.Models.Training.Segmentation.Scenes;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>The course of the learning rate after the warm-up.</summary>
public enum LearningRateCourse
{
    /// <summary>× 0.1 at 89 % and at 96 % of the steps, Mask2Former's recipe for COCO.</summary>
    Step,

    /// <summary>(1 − step / steps) to the power 0.9, Mask2Former's recipe for ADE20K and Cityscapes.</summary>
    Polynomial,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,
}

/// <summary>How a Mask2Former is trained. The defaults are the original recipe (Cheng et al. 2022, section 4.1) with a smaller batch and crop.</summary>
/// <remarks>Weights and points of losses and matching come from the model's configuration, but for the matching cost of the class.</remarks>
public sealed record SegmentationTrainingOptions : TrainingOptions
{
    /// <summary>
    /// The optimiser's steps, at least 0; by default 1,000. (Original: 368,750 for COCO, 160,000 for ADE20K.) 0 gives the
    /// model that a training would begin with, to be measured before it.
    /// </summary>
    public long Steps { get; init; } = 1000;

    /// <summary>The pictures of a batch, at least 1; by default 2. (Original: 16.)</summary>
    public override int BatchSize { get; init; } = 2;

    /// <summary>The highest learning rate, above 0; by default 1e-4, as in the original for a batch of 16.</summary>
    public override double LearningRate { get; init; } = 1e-4;

    /// <summary>The batch for which <see cref="LearningRate"/> is meant: the rate used grows in proportion to BatchSize · GradientAccumulation. At least 1; by default null: the rate is used as it is.</summary>
    public override int? LearningRateBatchSize { get; init; }

    /// <summary>The backbone's share of the learning rate, at least 0; by default 0.1, as in the original. 1 for training from scratch.</summary>
    public double BackboneLearningRateFactor { get; init; } = 0.1;

    /// <summary>The course of the learning rate; by default <see cref="LearningRateCourse.Step"/>.</summary>
    public LearningRateCourse Course { get; init; } = LearningRateCourse.Step;

    /// <summary>The steps in which the learning rate rises linearly, at least 0; by default 10. (Original: 10.) Of fewer steps all are of the warm-up.</summary>
    public long WarmUpSteps { get; init; } = 10;

    /// <summary>AdamW's weight decay, at least 0; by default 0.05, as in the original. Norms, embeddings and relative position biases never decay.</summary>
    public override double WeightDecay { get; init; } = 0.05;

    /// <summary>The largest L2 norm of all gradients together, above 0; by default 0.01, as in the original. Null turns clipping off.</summary>
    public override double? GradientClipping { get; init; } = 0.01;

    /// <summary>The weight of the class probability in matching, at least 0; by default 2, as in the original. (Hugging Face: 1.)</summary>
    public double MatchingClassWeight { get; init; } = 2;

    /// <summary>Whether pixels without truth are left out of costs and losses; by default true. (Original and Hugging Face: false.)</summary>
    public bool ExcludeIgnored { get; init; } = true;

    /// <summary>Whether the backbone's weights stay as they are; by default false.</summary>
    public bool FreezeBackbone { get; init; }

    /// <summary>
    /// Whether memory is saved by computing the backbone's blocks and both decoders' layers twice and by giving back at once
    /// what that takes; by default false. A step then takes about two thirds of the memory and 0.4 times as much time again.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>The variations of the training pictures; the defaults of <see cref="SegmentationAugmentation"/> if not set.</summary>
    public SegmentationAugmentation Augmentation { get; init; } = new();

    /// <summary>Pictures with classes in fewer than this share of the pictures are repeated (LVIS' repeat-factor sampling); above 0 and at most 1. By default null: off. (LVIS: 0.001.)</summary>
    public double? RepeatThreshold { get; init; }

    /// <summary>The steps between evaluations, at least 1; by default null: once, after the last step. Needs an evaluation.</summary>
    public long? EvaluationSteps { get; init; }

    /// <summary>The evaluations without a better score after which the training stops, at least 1; by default null: never. Needs <see cref="EvaluationSteps"/>.</summary>
    public int? EarlyStoppingPatience { get; init; }

    /// <summary>The steps after which the state is saved, at least 1; by default 500. It is saved after evaluations and the last step too, and null leaves it at that. A cancelled run saves its state in either case.</summary>
    public override long? CheckpointSteps { get; init; } = 500;

    internal ILearningRateSchedule Schedule
    {
        get
        {
            long warmUp = Math.Min(WarmUpSteps, Steps);
            return Course switch
            {
                LearningRateCourse.Step => new StepSchedule([(long)Math.Round(Steps * 0.889), (long)Math.Round(Steps * 0.963)], 0.1, warmUp),
                LearningRateCourse.Polynomial => new PolynomialSchedule(Steps, 0.9, warmUp),
                _ => new CosineSchedule(Steps, warmUp, 0),
            };
        }
    }

    /// <summary>Checks the ranges of all settings; a training does it too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    /// <exception cref="ArgumentException">Two settings contradict each other.</exception>
    public void Validate()
    {
        ValidateCommon(smallestBatch: 1);
        OptionRange.Check(Steps, 0, double.MaxValue, nameof(Steps));
        OptionRange.Check(BackboneLearningRateFactor, 0, double.MaxValue, nameof(BackboneLearningRateFactor));
        OptionRange.Check(WarmUpSteps, 0, double.MaxValue, nameof(WarmUpSteps));
        OptionRange.Check(MatchingClassWeight, 0, double.MaxValue, nameof(MatchingClassWeight));
        OptionRange.Check(RepeatThreshold ?? 1, double.Epsilon, 1, nameof(RepeatThreshold));
        OptionRange.Check(EvaluationSteps ?? 1, 1, double.MaxValue, nameof(EvaluationSteps));
        OptionRange.Check(EarlyStoppingPatience ?? 1, 1, int.MaxValue, nameof(EarlyStoppingPatience));
        if (EarlyStoppingPatience is not null && EvaluationSteps is null)
        {
            throw new ArgumentException($"{nameof(EarlyStoppingPatience)} is {EarlyStoppingPatience}, but without {nameof(EvaluationSteps)} there is one evaluation, at the end.");
        }

        ArgumentNullException.ThrowIfNull(Augmentation);
        Augmentation.Validate();
    }
}
