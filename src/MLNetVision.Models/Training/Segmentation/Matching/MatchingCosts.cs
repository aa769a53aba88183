using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Matching.Kernels;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// The matching costs of a step, image by image and layer by layer: for the CPU, whose kernels want one image at a time
/// (on a GPU, <see cref="BatchedCosts"/> takes all at once).
/// </summary>
internal sealed class MatchingCosts(SegmentationTargets targets, CriterionOptions options, IPointSource source) : IMatchingCosts
{
    /// <summary>The cost matrices, [layer][image], each (queries, targets) on the host.</summary>
    public CostMatrix[][] Compute(SegmentationPredictions predictions)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var pieces = new List<Tensor>();
        for (int image = 0; image < targets.Images.Count; image++)
        {
            if (targets.Images[image].Masks.Count == 0)
            {
                continue;
            }

            using var features = new PointFeatures(predictions.MaskFeatures[image]);
            for (int layer = 0; layer < predictions.Layers.Count; layer++)
            {
                pieces.Add(Costs(features, predictions.Layers[layer], layer, image).view(-1));
            }
        }

        float[] all = pieces.Count == 0 ? [] : cat(pieces, 0).cpu().data<float>().ToArray();
        return Distribute(all, predictions);
    }

    private Tensor Costs(PointFeatures features, LayerPrediction prediction, int layer, int image)
    {
        using var scope = NewDisposeScope();
        SegmentationTarget target = targets.Images[image];
        Device device = prediction.ClassLogits.device;
        Tensor points = source.DrawChecked(new PointDraw(layer, PointRole.Matching, image), 1, options.Points, device);
        Tensor labels = target.Masks.Sample(points, targets.Canvas); // (targets, points)
        Tensor? weights = options.ExcludeIgnored ? target.Ignored?.SampleOutside(points, targets.Canvas).squeeze(0) : null;

        Tensor classes = tensor([.. target.Classes], device: device);
        Tensor probabilities = prediction.ClassLogits[image].to(float32).softmax(1);
        Tensor costs = probabilities.index_select(1, classes).Scale(-options.MatchingClassWeight);
        (Tensor crossEntropy, Tensor dice) = MaskCosts(features, prediction.MaskEmbeddings[image].to(float32), points, labels, weights);
        costs.Add(crossEntropy, options.MaskWeight);
        costs.Add(dice, options.DiceWeight);
        return costs.MoveToOuterDisposeScope();
    }

    private static (Tensor CrossEntropy, Tensor Dice) MaskCosts(PointFeatures features, Tensor embeddings, Tensor points, Tensor labels, Tensor? weights)
    {
        if (PairwiseLossKernel.IsFaster(features, points))
        {
            return PairwiseLossKernel.Compute(features, embeddings, points, labels, weights);
        }

        // A query's mask at the points is its embedding times the features there: no mask is ever made.
        Tensor logits = embeddings.matmul(features.Sample(points).t()); // (queries, points)
        return (PairwiseLosses.SigmoidCrossEntropy(logits, labels, weights), PairwiseLosses.Dice(logits, labels, weights));
    }

    private CostMatrix[][] Distribute(float[] all, SegmentationPredictions predictions)
    {
        var matrices = new CostMatrix[predictions.Layers.Count][];
        for (int layer = 0; layer < matrices.Length; layer++)
        {
            matrices[layer] = new CostMatrix[targets.Images.Count];
        }

        int offset = 0;
        for (int image = 0; image < targets.Images.Count; image++)
        {
            int columns = (int)targets.Images[image].Masks.Count;
            for (int layer = 0; layer < matrices.Length; layer++)
            {
                int rows = (int)predictions.Layers[layer].ClassLogits.shape[1];
                matrices[layer][image] = new CostMatrix(rows, columns, all.AsSpan(offset, rows * columns));
                offset += rows * columns;
            }
        }

        return matrices;
    }
}
