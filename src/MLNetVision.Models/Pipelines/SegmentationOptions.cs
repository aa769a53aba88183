using MLNetVision.Imaging.Options;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;

namespace MLNetVision.Models.Pipelines;

/// <summary>How segments are made of what a Mask2Former predicts.</summary>
public record SegmentationOptions
{
    /// <summary>What is asked of each picture; by default a panoptic scene.</summary>
    public SegmentationTask Task { get; init; } = SegmentationTask.Panoptic;

    /// <summary>
    /// The names of the classes that are things, in the model's own words; null, the default, for all. In a panoptic scene
    /// the regions of each other class become one segment; among instances other classes are left out.
    /// </summary>
    public IReadOnlyCollection<string>? ThingClasses { get; init; }

    /// <summary>
    /// The smallest score of an instance, or the score that a segment of a panoptic scene must exceed; 0 to 1, by default 0.5.
    /// 0 keeps every instance, which average precision asks for.
    /// </summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>In a panoptic scene, the probability from which a pixel counts to a query's own area; 0 to 1, by default 0.5.</summary>
    public double MaskThreshold { get; init; } = 0.5;

    /// <summary>In a panoptic scene, the share of its own area that a query must win; at least 0, by default 0.8.</summary>
    public double OverlapMaskAreaThreshold { get; init; } = 0.8;

    /// <summary>
    /// In a panoptic scene, which pixels a segment has: by default, as in transformers, all where its query beats the others;
    /// <see cref="PanopticRule.Original"/> leaves those void where no query is sure.
    /// </summary>
    public PanopticRule Rule { get; init; } = PanopticRule.HuggingFace;

    /// <summary>The most instances of a picture, at least 1; by default null: as many as the network has queries.</summary>
    public int? MaxInstances { get; init; }

    /// <summary>How masks come to the picture's size; by default as in transformers.</summary>
    public MaskUpsampling Upsampling { get; init; } = MaskUpsampling.HuggingFace;

    /// <summary>The options that a model file has; the defaults for a checkpoint, which has none.</summary>
    internal static SegmentationOptions Of(StoredScoring? stored) => stored is null ? new() : new()
    {
        Task = stored.Task,
        ThingClasses = stored.ThingClasses,
        Threshold = stored.Threshold,
        MaskThreshold = stored.MaskThreshold,
        OverlapMaskAreaThreshold = stored.OverlapMaskAreaThreshold,
        MaxInstances = stored.MaxInstances,
        Rule = Defined((PanopticRule)stored.Rule),
        Upsampling = Defined((MaskUpsampling)stored.Upsampling),
    };

    private static TEnum Defined<TEnum>(TEnum value)
        where TEnum : struct, Enum => Enum.IsDefined(value) ? value : throw new InvalidDataException($"The model file has a {typeof(TEnum).Name} {value}, which is none.");

    /// <summary>Throws unless the values are in their ranges and the thing classes are among the model's.</summary>
    internal virtual void Validate(IReadOnlyList<string> classNames)
    {
        CheckShare(Threshold, nameof(Threshold));
        CheckShare(MaskThreshold, nameof(MaskThreshold));
        ArgumentOutOfRangeException.ThrowIfNegative(OverlapMaskAreaThreshold);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxInstances ?? 1, 1, nameof(MaxInstances));
        if (Task == SegmentationTask.Instance && ThingClasses is { Count: 0 })
        {
            throw new ArgumentException($"No class is a thing, so that the task {Task} would find nothing; name things in {nameof(ThingClasses)}.");
        }

        string? unknown = ThingClasses?.FirstOrDefault(name => !classNames.Contains(name));
        if (unknown is not null)
        {
            throw new ArgumentException($"The thing class '{unknown}' is not among the model's classes: {NameList.Plain(classNames)}.{NearestName.Question(unknown, classNames)}");
        }
    }

    private static void CheckShare(double value, string name)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from 0 to 1.");
        }
    }
}
