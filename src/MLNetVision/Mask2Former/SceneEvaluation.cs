using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Training;

namespace MLNetVision.Mask2Former;

/// <summary>
/// Measures a network in training on validation pictures, one at a time: panoptic quality, COCO's mask AP or mIoU, by the
/// task. It scores as the trained transformer does, but for instances, of which all count (AP ranks them by itself).
/// </summary>
internal sealed class SceneEvaluation
{
    private readonly TrainingScenes _scenes;
    private readonly IReadOnlyList<string> _classNames;
    private readonly IReadOnlyList<string> _known;
    private readonly SegmentationScoringOptions _scoring;
    private readonly Mask2FormerImageProcessorConfig _preprocessing;
    private readonly HashSet<int>? _things;
    private readonly SortedDictionary<int, string> _unreadable = [];

    /// <param name="scenes">The validation pictures.</param>
    /// <param name="columns">Their columns, which tell their classes: those of the network, then those that it does not know, which it never finds.</param>
    /// <param name="scoring">How segments are made.</param>
    /// <param name="preprocessing">How pictures are prepared.</param>
    public SceneEvaluation(TrainingScenes scenes, SceneColumns columns, SegmentationScoringOptions scoring, Mask2FormerImageProcessorConfig preprocessing)
    {
        ValidationClasses classes = columns.Classes!;
        (_scenes, _classNames, _known, _preprocessing) = (scenes, classes.Names, classes.Known, preprocessing);
        _scoring = scoring.Task == SegmentationTask.Instance ? scoring with { Threshold = 0 } : scoring;
        _things = scoring is { Task: SegmentationTask.Instance, ThingClasses: { } things }
            ? [.. Enumerable.Range(0, _classNames.Count).Where(i => classes.IsUnknown(i) ? columns.IsThing(i) : things.Contains(_classNames[i]))]
            : null;
    }

    /// <summary>The validation pictures that could not be read, in the order of the data.</summary>
    public IReadOnlyList<SkippedImage> Skipped => [.. _unreadable.Select(item => new SkippedImage(_scenes.NameOf(item.Key), item.Value))];

    /// <summary>The validation pictures.</summary>
    public TrainingScenes Scenes => _scenes;

    /// <summary>The validation data, of which <see cref="Skipped"/> could not be read.</summary>
    public TrainingData Data => _scenes.WithLeftOut(SegmentationRecipe.DataOf(_scenes));

    /// <summary>What a task is measured by.</summary>
    public static string MetricName(SegmentationTask task) => task switch
    {
        SegmentationTask.Semantic => "mIoU",
        SegmentationTask.Instance => "AP",
        _ => "PQ",
    };

    /// <summary>Collects what a task's metric needs.</summary>
    public static ISegmentEvaluator CreateEvaluator(SegmentationTask task, IReadOnlyList<string> classNames) => task switch
    {
        SegmentationTask.Semantic => new SemanticEvaluator(classNames),
        SegmentationTask.Instance => new InstanceEvaluator(classNames),
        _ => new PanopticEvaluator(classNames),
    };

    /// <summary>The metric over all pictures, of which those that cannot be read are missed; NaN if none can, or when it was cancelled.</summary>
    /// <param name="model">The network in eval mode.</param>
    /// <param name="stopped">Asked before each picture whether to give up.</param>
    public double Score(Mask2FormerForUniversalSegmentation model, Func<bool> stopped)
    {
        ISegmentEvaluator evaluator = CreateEvaluator(_scoring.Task, _classNames);
        EngineChoice choice = EnginePolicy.ForScoring(DeviceWish.Of(model.parameters().First().device), _scoring.Precision, Mask2FormerScoringEngine.HasLibTorchForm, _ => { });
        using Mask2FormerScoringEngine engine = Mask2FormerScoringEngine.Of(model, _preprocessing, choice, new ModelOwner(typeof(SceneEvaluation)));
        var extractor = new SegmentExtractor(_scoring, _known);
        for (int i = 0; i < _scenes.Count; i++)
        {
            if (stopped())
            {
                return double.NaN;
            }

            RgbImage? picture = Load(i);
            evaluator.Add(i, Truth(i), picture is null ? [] : [.. engine.Segment(picture, extractor).Segments.Select(Segment.Of)]);
        }

        if (_unreadable.Count == _scenes.Count)
        {
            return double.NaN;
        }

        return evaluator switch
        {
            SemanticEvaluator semantic => semantic.Compute().MeanIoU,
            InstanceEvaluator instance => instance.Compute().AveragePrecision,
            _ => ((PanopticEvaluator)evaluator).Compute().PanopticQuality,
        };
    }

    // A picture of another size than its masks is as useless as one that cannot be decoded.
    private RgbImage? Load(int index)
    {
        try
        {
            RgbImage picture = _scenes.LoadPicture(index);
            return _scenes.TruthOf(index) is not [{ Mask: { } mask }, ..] || (mask.Height, mask.Width) == (picture.Height, picture.Width)
                ? picture
                : throw new InvalidDataException($"The picture is {picture.Width}×{picture.Height}, but its masks are {mask.Width}×{mask.Height}.");
        }
        catch (Exception e) when (ReadablePictures.IsUnreadable(e))
        {
            _unreadable[index] = e.Message;
            return null;
        }
    }

    private IReadOnlyList<Segment> Truth(int index) =>
        _things is null ? _scenes.TruthOf(index) : [.. _scenes.TruthOf(index).Where(segment => _things.Contains(segment.Class))];
}
