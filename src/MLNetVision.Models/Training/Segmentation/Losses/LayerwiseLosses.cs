using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>The losses layer by layer: on the CPU a layer's points and labels then stay in few, small tensors.</summary>
internal sealed class LayerwiseLosses(CriterionOptions options, IPointSource source) : IMatchedLosses
{
    /// <inheritdoc/>
    public (Tensor Total, LayerLoss[] Layers) Compute(SegmentationPredictions predictions, SegmentationTargets targets, Assignment[][] matchings)
    {
        using var scope = NewDisposeScope();
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

        return (total.MoveToOuterDisposeScope(), layers);
    }

    private LayerLoss Losses(Tensor classLogits, Tensor masks, Assignment[] matchings, SegmentationTargets targets, int layer)
    {
        using var scope = NewDisposeScope();
        Tensor logits = classLogits.to(float32);
        Tensor classLoss = ClassLoss.WeightedCrossEntropy(logits, ClassTargets(logits, matchings, targets), options.NoObjectWeight).Times(options.ClassWeight);
        if (masks.shape[0] == 0)
        {
            Tensor nothing = masks.sum(); // 0, with a gradient of 0 for every parameter
            return new LayerLoss(classLoss, nothing, nothing.clone()).MoveToOuterDisposeScope();
        }

        Tensor maps = masks.unsqueeze(1); // (matches, 1, height, width)
        var labels = new MatchedLabels(matchings, targets, masks.device);
        Tensor points = LossPoints.Choose(options, source, maps, [layer], candidates => options.ExcludeIgnored ? labels.SampleWeights(candidates) : null);
        Tensor atPoints = PointSampling.Sample(maps, points).squeeze(1); // (matches, points)
        Tensor truth = labels.Sample(points);
        Tensor? weights = options.ExcludeIgnored ? labels.SampleWeights(points) : null;
        Tensor maskLoss = PointLosses.SigmoidCrossEntropy(atPoints, truth, targets.MaskCount, weights).Times(options.MaskWeight);
        Tensor diceLoss = PointLosses.Dice(atPoints, truth, targets.MaskCount, weights).Times(options.DiceWeight);
        return new LayerLoss(classLoss, maskLoss, diceLoss).MoveToOuterDisposeScope();
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
