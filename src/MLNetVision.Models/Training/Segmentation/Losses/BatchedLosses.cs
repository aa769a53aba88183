using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Losses;

/// <summary>
/// The losses of many layers and all images at once: for devices that wait for launches. The host sends one copy of indices
/// and waits for nothing.
/// </summary>
internal sealed class BatchedLosses(CriterionOptions options, IPointSource source) : IMatchedLosses
{
    // Candidates are the largest tensors, 64 MB each; layers whose candidates are more are computed in several goes, each of some 180 launches.
    private const long MostCandidates = 1L << 24;

    /// <inheritdoc/>
    public (Tensor Total, LayerLoss[] Layers) Compute(SegmentationPredictions predictions, SegmentationTargets targets, Assignment[][] matchings)
    {
        using var scope = NewDisposeScope();
        Device device = predictions.MaskFeatures.device;
        LayerPrediction[] reversed = [.. predictions.Layers.Reverse()];
        Tensor logits = stack([.. reversed.Select(layer => layer.ClassLogits)], 1).to(float32); // (batch, layers, queries, classes + 1)
        Tensor embeddings = stack([.. reversed.Select(layer => layer.MaskEmbeddings)], 1);
        var masks = new BatchedMasks(targets, device);
        var matches = new BatchedMatches(matchings, targets, masks, logits.shape[2], logits.shape[3] - 1, device);

        Tensor classLosses = ClassLoss.OfLayers(logits, matches.Classes, options.NoObjectWeight).Times(options.ClassWeight);
        Tensor maps = matches.Masks(predictions.MaskFeatures, embeddings);
        (Tensor total, Tensor maskLosses, Tensor diceLosses) = MaskLosses(maps, matches, masks, targets.MaskCount, scope);
        Tensor[] classParts = classLosses.detach().unbind(), maskParts = maskLosses.unbind(), diceParts = diceLosses.unbind();
        var layers = new LayerLoss[matches.Layers];
        for (int i = 0; i < layers.Length; i++)
        {
            layers[^(i + 1)] = new LayerLoss(classParts[i], maskParts[i], diceParts[i]).MoveToOuterDisposeScope();
        }

        return (classLosses.sum().Plus(total).MoveToOuterDisposeScope(), layers);
    }

    private (Tensor Total, Tensor Masks, Tensor Dices) MaskLosses(Tensor maps, BatchedMatches matches, BatchedMasks masks, double maskCount, DisposeScope scope)
    {
        if (matches.Count == 0)
        {
            return (maps.sum(), Nothing(), Nothing()); // 0, with a gradient of 0 for every parameter

            Tensor Nothing() => zeros(matches.Layers, float32, maps.device);
        }

        long candidates = UncertainPoints.CandidateCount(options.Points, options.OversampleRatio);
        int step = (int)Math.Clamp(MostCandidates / (matches.Count * candidates), 1, matches.Layers);
        int[] sizes = [.. Enumerable.Range(0, (matches.Layers + step - 1) / step).Select(i => Math.Min(step, matches.Layers - i * step))];
        Tensor[] parts = maps.split([.. sizes.Select(size => (long)size * matches.Count)]);
        var maskLosses = new List<Tensor>();
        var diceLosses = new List<Tensor>();
        Tensor? total = null;
        for (int i = 0; i < sizes.Length; i++)
        {
            (int first, int count) = (i * step, sizes[i]);
            Tensor part = ImmediateGradient.Apply(
                inputs =>
                {
                    (Tensor crossEntropies, Tensor dices) = LossesOfEach(inputs[0].unsqueeze(1), matches, masks, first, count);
                    Tensor mask = crossEntropies.view(count, -1).sum(1).Times(options.MaskWeight / maskCount);
                    Tensor dice = dices.view(count, -1).sum(1).Times(options.DiceWeight / maskCount);
                    Keep(mask, maskLosses);
                    Keep(dice, diceLosses);
                    return mask.Plus(dice).sum();
                },
                parts[i]);
            total = total?.Plus(part) ?? part;
        }

        return (total!, cat(maskLosses), cat(diceLosses));

        void Keep(Tensor losses, List<Tensor> kept)
        {
            kept.Add(losses.detach());
            scope.Attach(kept[^1]);
        }
    }

    // For each mask of some layers; maps (masks, 1, height, width).
    private (Tensor CrossEntropies, Tensor Dices) LossesOfEach(Tensor maps, BatchedMatches matches, BatchedMasks masks, int layer, int count)
    {
        using var scope = NewDisposeScope();
        bool weighted = options.ExcludeIgnored && masks.HasIgnored;
        int[] layers = [.. Enumerable.Range(layer, count).Select(i => matches.Layers - 1 - i)];
        Tensor points = LossPoints.Choose(
            options, source, maps, layers, candidates => weighted ? masks.SampleOutside(candidates, matches.PlacesIgnored(layer, count)) : null);
        Tensor atPoints = PointSampling.Sample(maps, points).squeeze(1); // (masks, points)
        Tensor truth = masks.Sample(points, matches.Places(layer, count));
        Tensor? weights = weighted ? masks.SampleOutside(points, matches.PlacesIgnored(layer, count)) : null;
        return (
            PointLosses.SigmoidCrossEntropies(atPoints, truth, weights).MoveToOuterDisposeScope(),
            PointLosses.Dices(atPoints, truth, weights).MoveToOuterDisposeScope());
    }
}
