using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>Reads the targets of a layer's matched queries at points, in the order of <see cref="MatchedMasks"/>.</summary>
internal sealed class MatchedLabels(Assignment[] matchings, SegmentationTargets targets, Device device)
{
    /// <summary>The truth at points.</summary>
    /// <param name="points">(matches, points, 2).</param>
    /// <returns>(matches, points) in [0, 1].</returns>
    public Tensor Sample(Tensor points) => PerImage(points, (image, own) =>
    {
        using Tensor rows = tensor([.. matchings[image].Columns.Select(target => (long)target)], device: device);
        return targets.Images[image].Masks.Sample(own, targets.Canvas, rows);
    });

    /// <summary>How much each point counts: 1, or 0 if it touches an ignored pixel; null if no image has ignored pixels.</summary>
    /// <inheritdoc cref="Sample" path="/param"/>
    /// <returns>(matches, points), 0 or 1.</returns>
    public Tensor? SampleWeights(Tensor points)
    {
        if (targets.Images.All(image => image.Ignored is null))
        {
            return null;
        }

        return PerImage(points, (image, own) =>
        {
            if (targets.Images[image].Ignored is not { } ignored)
            {
                return ones([own.shape[0], own.shape[1]], float32, device);
            }

            using Tensor rows = zeros(own.shape[0], int64, device);
            return ignored.SampleOutside(own, targets.Canvas, rows);
        });
    }

    private Tensor PerImage(Tensor points, Func<int, Tensor, Tensor> sample)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var pieces = new List<Tensor>();
        long start = 0;
        for (int image = 0; image < matchings.Length; image++)
        {
            int count = matchings[image].Count;
            if (count > 0)
            {
                pieces.Add(sample(image, points.narrow(0, start, count)));
                start += count;
            }
        }

        return cat(pieces, 0).MoveToOuterDisposeScope();
    }
}
