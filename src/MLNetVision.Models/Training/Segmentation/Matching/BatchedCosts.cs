using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Points;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// The matching costs of a step, all images and layers at once: for devices that wait for launches and copies. Numbers go to
/// the device in one copy and come back in one, where the host waits for it.
/// </summary>
/// <remarks>Images of few targets are filled up with costs that nobody reads.</remarks>
internal sealed class BatchedCosts(SegmentationTargets targets, CriterionOptions options, IPointSource source) : IMatchingCosts
{
    // Of masks or logits at points, in float32 1 GB: layers that do not fit are computed one after the other.
    private const long LargestTensor = 1L << 28;

    private readonly int[] _images = [.. Enumerable.Range(0, targets.Images.Count).Where(image => targets.Images[image].Masks.Count > 0)];

    private readonly long _most = targets.Images.Max(image => image.Masks.Count);

    /// <inheritdoc/>
    public CostMatrix[][] Compute(SegmentationPredictions predictions)
    {
        int layers = predictions.Layers.Count, queries = (int)predictions.Layers[0].ClassLogits.shape[1];
        float[] costs = _images.Length == 0 ? [] : OnHost(predictions);
        return [.. Enumerable.Range(0, layers).Select(layer =>
        {
            var matrices = new CostMatrix[targets.Images.Count];
            Array.Fill(matrices, new CostMatrix(queries, 0, []));
            for (int i = 0; i < _images.Length; i++)
            {
                matrices[_images[i]] = Matrix(costs, (i * layers + layer) * queries, queries, (int)targets.Images[_images[i]].Masks.Count);
            }

            return matrices;
        })];
    }

    private CostMatrix Matrix(float[] costs, int firstRow, int rows, int columns)
    {
        var own = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            costs.AsSpan((firstRow + row) * (int)_most, columns).CopyTo(own.AsSpan(row * columns));
        }

        return new CostMatrix(rows, columns, own);
    }

    // (images with targets, layers, queries, most targets)
    private float[] OnHost(SegmentationPredictions predictions)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Device device = predictions.MaskFeatures.device;
        int layers = predictions.Layers.Count, images = _images.Length;
        var masks = new BatchedMasks(targets, device);
        var numbers = new HostNumbers();
        var chosen = numbers.Add(_images.Select(image => (long)image));
        var classes = numbers.Add(_images.SelectMany(image => Filled(targets.Images[image].Classes, 0)));
        var places = numbers.Add([.. _images.SelectMany(image =>
            Filled([.. Enumerable.Range(0, (int)targets.Images[image].Masks.Count).Select(mask => masks.Place(image, mask))], masks.Nothing))]);
        var ignored = numbers.Add([.. _images.Select(masks.PlaceIgnored)]);
        numbers.CopyTo(device);

        Tensor probabilities = Own(stack([.. predictions.Layers.Select(layer => layer.ClassLogits)], 1)).to(float32).softmax(-1);
        Tensor embeddings = Own(stack([.. predictions.Layers.Select(layer => layer.MaskEmbeddings)], 1)).to(float32); // (images, layers, queries, channels)
        Tensor features = Own(predictions.MaskFeatures).to(float32);
        Tensor points = source.DrawChecked(
            [.. _images.SelectMany(image => Enumerable.Range(0, layers).Select(layer => new PointDraw(layer, PointRole.Matching, image)))], options.Points, device)
            .view(images, layers, 1, options.Points, 2);

        Tensor costs = probabilities.gather(3, numbers.Get(classes, images, 1, 1, _most).expand(images, layers, probabilities.shape[2], _most)).Scale(-options.MatchingClassWeight);
        int step = (int)Math.Clamp(LargestTensor / (images * embeddings.shape[2] * Math.Max(options.Points, features.shape[2] * features.shape[3])), 1, layers);
        for (int layer = 0; layer < layers; layer += step)
        {
            using var part = NewDisposeScope();
            int count = Math.Min(step, layers - layer);
            Tensor own = points.narrow(1, layer, count);
            Tensor logits = Logits(features, embeddings.narrow(1, layer, count), own);
            Tensor labels = masks.Sample(own, numbers.Places(places, images, 1, _most, 1)); // (images, layers, targets, points)
            Tensor? weights = options.ExcludeIgnored && masks.HasIgnored
                ? masks.SampleOutside(own, numbers.Places(ignored, images, 1, 1, 1)).squeeze(2)
                : null;
            Tensor sums = costs.narrow(1, layer, count);
            sums.Add(PairwiseLosses.SigmoidCrossEntropy(logits, labels, weights), options.MaskWeight);
            sums.Add(PairwiseLosses.Dice(logits, labels, weights), options.DiceWeight);
        }

        return costs.cpu().data<float>().ToArray();

        Tensor Own(Tensor all) => images == targets.Images.Count ? all : all.index_select(0, numbers.Get(chosen, images));

        IEnumerable<T> Filled<T>(IReadOnlyList<T> items, T filling) => items.Concat(Enumerable.Repeat(filling, (int)_most - items.Count));
    }

    // The masks of all queries, then read at the points: (images, layers, queries, points).
    private static Tensor Logits(Tensor features, Tensor embeddings, Tensor points)
    {
        using var scope = NewDisposeScope();
        (long images, long layers, long queries) = (embeddings.shape[0], embeddings.shape[1], embeddings.shape[2]);
        Tensor maps = embeddings.reshape(images, layers * queries, -1).bmm(features.flatten(2)).view(images * layers, queries, features.shape[2], features.shape[3]);
        Tensor sampled = PointSampling.Sample(maps, points.reshape(images * layers, -1, 2));
        return sampled.view(images, layers, queries, -1).MoveToOuterDisposeScope();
    }
}
