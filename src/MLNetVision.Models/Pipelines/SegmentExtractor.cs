using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.PostProcessing;
using MLNetVision.Models.Mask2Former.Processing;
using static TorchSharp.torch;

namespace MLNetVision.Models.Pipelines;

/// <summary>Applies the post-processing of the chosen task to one picture's logits.</summary>
internal sealed class SegmentExtractor
{
    private readonly SegmentationOptions _options;
    private readonly IReadOnlyList<string> _classNames;
    private readonly int[]? _things;
    private readonly int[]? _stuff;

    public SegmentExtractor(SegmentationOptions options, IReadOnlyList<string> classNames)
    {
        options.Validate(classNames);
        (_options, _classNames) = (options, classNames);
        if (options.ThingClasses is { } things)
        {
            _things = [.. Enumerable.Range(0, classNames.Count).Where(i => things.Contains(classNames[i]))];
            _stuff = [.. Enumerable.Range(0, classNames.Count).Except(_things)];
        }
    }

    /// <summary>What is asked.</summary>
    public SegmentationTask Task => _options.Task;

    /// <summary>Of logits in memory.</summary>
    public SegmentationResult Extract(Mask2FormerLogits logits, TargetSize target) => Name((_options.Task switch
    {
        SegmentationTask.Semantic => Mask2FormerPostProcessor.Semantic(logits, [target], Semantic()),
        SegmentationTask.Instance => Mask2FormerPostProcessor.Instance(logits, [target], Instance()),
        _ => Mask2FormerPostProcessor.Panoptic(logits, [target], Panoptic()),
    })[0]);

    /// <summary>Of logits in tensors, on any device.</summary>
    public SegmentationResult Extract(Tensor classLogits, Tensor maskLogits, TargetSize target) => Name((_options.Task switch
    {
        SegmentationTask.Semantic => Mask2FormerPostProcessor.Semantic(classLogits, maskLogits, [target], Semantic()),
        SegmentationTask.Instance => Mask2FormerPostProcessor.Instance(classLogits, maskLogits, [target], Instance()),
        _ => Mask2FormerPostProcessor.Panoptic(classLogits, maskLogits, [target], Panoptic()),
    })[0]);

    private SegmentationResult Name(SegmentationResult result) =>
        result with { Segments = [.. result.Segments.Select(segment => segment.LabelId < _classNames.Count ? segment with { ClassName = _classNames[segment.LabelId] } : segment)] };

    private SemanticOptions Semantic() => new() { Upsampling = _options.Upsampling };

    private InstanceOptions Instance() => new()
    {
        Threshold = _options.Threshold,
        MaxInstances = _options.MaxInstances,
        ThingLabelIds = _things,
        Upsampling = _options.Upsampling,
    };

    private PanopticOptions Panoptic() => new()
    {
        Threshold = _options.Threshold,
        MaskThreshold = _options.MaskThreshold,
        OverlapMaskAreaThreshold = _options.OverlapMaskAreaThreshold,
        LabelIdsToFuse = _stuff,
        Rule = _options.Rule,
        Upsampling = _options.Upsampling,
    };
}
