using MLNetVision.Models.Training.Segmentation.Targets;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>The mask logits of the matched queries: the only masks of a training step at full resolution.</summary>
internal static class MatchedMasks
{
    /// <summary>Multiplies the matched queries' embeddings with the mask features, for all layers of an image at once.</summary>
    /// <param name="predictions">The forward pass.</param>
    /// <param name="matchings">[layer][image]; the layers of an image match equally many queries.</param>
    /// <returns>For each layer (matches of all images, height, width) float32 with gradient.</returns>
    public static Tensor[] Compute(SegmentationPredictions predictions, Assignment[][] matchings)
    {
        using var scope = NewDisposeScope();
        long[] shape = predictions.MaskFeatures.shape;
        int layers = predictions.Layers.Count;
        var images = new List<Tensor>();
        for (int image = 0; image < shape[0]; image++)
        {
            int matched = matchings[0][image].Count;
            var embeddings = new Tensor[layers];
            for (int layer = 0; layer < layers; layer++)
            {
                Tensor queries = tensor([.. matchings[layer][image].Rows.Select(query => (long)query)], device: predictions.MaskFeatures.device);
                embeddings[layer] = predictions.Layers[layer].MaskEmbeddings[image].index_select(0, queries);
            }

            Tensor features = predictions.MaskFeatures[image].to(float32).flatten(1); // (channels, pixels)
            images.Add(cat(embeddings, 0).to(float32).matmul(features).view(layers, matched, shape[2], shape[3]));
        }

        Tensor all = images.Count == 1 ? images[0] : cat(images, 1);
        return [.. all.unbind(0).Select(layer => layer.MoveToOuterDisposeScope())];
    }
}
