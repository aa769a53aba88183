using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>
/// Mask2Former's training loss: every layer's predictions are matched to the targets, and the matched queries learn class
/// and mask, the others "no object" (Mask2Former, section 3.3). Costs and losses are computed in float32 whatever the
/// predictions' type.
/// </summary>
/// <remarks>
/// The numbers are Hugging Face's, but for costs that are not a number (dearest here, 0 there), ignored pixels
/// (<see cref="CriterionOptions.ExcludeIgnored"/>), targets smaller than the padded image (padded with "no object" for the
/// matcher too) and batches without any object (a loss, not an error).
/// </remarks>
public sealed class SegmentationCriterion
{
    private readonly CriterionOptions _options;
    private readonly IPointSource _source;
    private readonly AssignmentSolver _solver = new();

    /// <summary>Whether all images and layers are computed at once; null leaves it to the device: on a CPU they are not.</summary>
    internal bool? Batched { get; init; }

    /// <summary>Makes a criterion.</summary>
    /// <param name="options">Weights and point counts.</param>
    /// <param name="source">The random points.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SegmentationCriterion(CriterionOptions options, IPointSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(source);
        options.Validate();
        (_options, _source) = (options, source);
    }

    /// <summary>Computes the losses of a batch.</summary>
    /// <param name="predictions">The forward pass, with gradient.</param>
    /// <param name="targets">The truth, on the same device.</param>
    /// <exception cref="ArgumentException">Predictions and targets do not fit each other.</exception>
    public CriterionResult Compute(SegmentationPredictions predictions, SegmentationTargets targets)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(targets);
        if (predictions.Layers.Count == 0)
        {
            throw new ArgumentException("Expected the predictions of at least one layer.", nameof(predictions));
        }

        targets.Validate(predictions.MaskFeatures.shape[0], predictions.Layers[0].ClassLogits.shape[2] - 1, predictions.MaskFeatures.device);
        bool batched = Batched ?? GpuForm.IsFor(predictions.MaskFeatures);
        CostMatrix[][] costs = Costs(targets, batched).Compute(predictions);
        Assignment[][] matchings = batched
            ? ParallelMatching.Solve(costs)
            : Array.ConvertAll(costs, layer => Array.ConvertAll(layer, matrix => matrix.Assign(_solver)));
        IMatchedLosses losses = batched ? new BatchedLosses(_options, _source) : new LayerwiseLosses(_options, _source);
        (Tensor total, LayerLoss[] layers) = losses.Compute(predictions, targets, matchings);
        return new CriterionResult(total, layers, costs.Sum(layer => layer.Sum(matrix => matrix.Undefined)));
    }

    /// <summary>The way in which the criterion computes costs.</summary>
    internal IMatchingCosts Costs(SegmentationTargets targets, bool batched) =>
        batched ? new BatchedCosts(targets, _options, _source) : new MatchingCosts(targets, _options, _source);
}
