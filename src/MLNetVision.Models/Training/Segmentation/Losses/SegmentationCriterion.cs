using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
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
        using var scope = NewDisposeScope();
        CostMatrix[][] costs = new MatchingCosts(targets, _options, _source).Compute(predictions);
        Assignment[][] matchings = Array.ConvertAll(costs, layer => Array.ConvertAll(layer, matrix => matrix.Assign(_solver)));
        Tensor[] masks = MatchedMasks.Compute(predictions, matchings);
        var layers = new LayerLoss[masks.Length];
        Tensor total = zeros([], float32, predictions.MaskFeatures.device);
        for (int layer = masks.Length - 1; layer >= 0; layer--)
        {
            // A layer's sampled points and losses are gone before the next layer's are made.
            int index = layer;
            total = total.Plus(ImmediateGradient.Apply(
                inputs =>
                {
                    LayerLoss loss = Losses(inputs[0], inputs[1], matchings[index], targets, index);
                    layers[index] = loss.Detach(scope);
                    return loss.Class.Plus(loss.Mask).Plus(loss.Dice);
                },
                predictions.Layers[layer].ClassLogits, masks[layer]));
        }

        foreach (LayerLoss layer in layers)
        {
            layer.MoveToOuterDisposeScope();
        }

        return new CriterionResult(total.MoveToOuterDisposeScope(), layers, costs.Sum(layer => layer.Sum(matrix => matrix.Undefined)));
    }

    private LayerLoss Losses(Tensor classLogits, Tensor masks, Assignment[] matchings, SegmentationTargets targets, int layer)
    {
        using var scope = NewDisposeScope();
        Tensor logits = classLogits.to(float32);
        Tensor classLoss = ClassLoss.WeightedCrossEntropy(logits, ClassTargets(logits, matchings, targets), _options.NoObjectWeight).Times(_options.ClassWeight);
        if (masks.shape[0] == 0)
        {
            Tensor nothing = masks.sum(); // 0, with a gradient of 0 for every parameter
            return new LayerLoss(classLoss, nothing, nothing.clone()).MoveToOuterDisposeScope();
        }

        Tensor maps = masks.unsqueeze(1); // (matches, 1, height, width)
        var labels = new MatchedLabels(matchings, targets, masks.device);
        Tensor points = LossPoints(maps, labels, layer);
        Tensor atPoints = PointSampling.Sample(maps, points).squeeze(1); // (matches, points)
        Tensor truth = labels.Sample(points);
        Tensor? weights = _options.ExcludeIgnored ? labels.SampleWeights(points) : null;
        Tensor maskLoss = PointLosses.SigmoidCrossEntropy(atPoints, truth, targets.MaskCount, weights).Times(_options.MaskWeight);
        Tensor diceLoss = PointLosses.Dice(atPoints, truth, targets.MaskCount, weights).Times(_options.DiceWeight);
        return new LayerLoss(classLoss, maskLoss, diceLoss).MoveToOuterDisposeScope();
    }

    private Tensor LossPoints(Tensor maps, MatchedLabels labels, int layer)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        long count = maps.shape[0];
        long uncertain = UncertainPoints.UncertainCount(_options.Points, _options.ImportanceSampleRatio);
        long candidateCount = UncertainPoints.CandidateCount(_options.Points, _options.OversampleRatio);
        Tensor candidates = _source.DrawChecked(new PointDraw(layer, PointRole.Oversampled, -1), count, candidateCount, maps.device);
        Tensor logits = PointSampling.Sample(maps.detach(), candidates).squeeze(1);
        if (_options.ExcludeIgnored && labels.SampleWeights(candidates) is { } weights)
        {
            logits = logits.FilledWhere(weights.IsBelow(1.0), double.PositiveInfinity);
        }

        Tensor? random = uncertain == _options.Points
            ? null
            : _source.DrawChecked(new PointDraw(layer, PointRole.Random, -1), count, _options.Points - uncertain, maps.device);
        return UncertainPoints.Select(logits, candidates, uncertain, random).MoveToOuterDisposeScope();
    }

    // (batch, queries): the class of each query's target, or the last, "no object".
    private static Tensor ClassTargets(Tensor logits, Assignment[] matchings, SegmentationTargets targets)
    {
        long queries = logits.shape[1];
        var classes = new long[matchings.Length * queries];
        Array.Fill(classes, logits.shape[2] - 1);
        for (int image = 0; image < matchings.Length; image++)
        {
            for (int match = 0; match < matchings[image].Count; match++)
            {
                classes[image * queries + matchings[image].Rows[match]] = targets.Images[image].Classes[matchings[image].Columns[match]];
            }
        }

        return tensor(classes, [matchings.Length, queries], device: logits.device);
    }
}
