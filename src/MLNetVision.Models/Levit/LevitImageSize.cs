using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>Carries weights over to a model of another image size; only the attention biases depend on it.</summary>
internal static class LevitImageSize
{
    private const string BiasKey = "attention_biases";

    public static void CopyWeights(nn.Module source, nn.Module target)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Dictionary<string, Tensor> weights = source.state_dict();
        Tensor sample = weights.Values.First();
        target.to(sample.dtype).to(sample.device).train(source.training);
        foreach ((string key, Tensor resized) in target.state_dict())
        {
            bool isResized = key.EndsWith(BiasKey, StringComparison.Ordinal) && weights[key].shape[1] != resized.shape[1];
            resized.copy_(isResized ? Interpolate(weights[key], resized.shape[1]) : weights[key]);
        }
    }

    /// <summary>
    /// [heads, r²] -> [heads, s²]: the bias at a distance of d tokens among s is that at d · r / s tokens among r,
    /// bilinear between the two neighbours on each axis and constant beyond the largest distance.
    /// </summary>
    internal static Tensor Interpolate(Tensor biases, long distances)
    {
        int from = (int)Math.Round(Math.Sqrt(biases.shape[1]));
        int to = (int)Math.Round(Math.Sqrt(distances));
        Tensor weights = InterpolationWeights(from, to).to(biases.dtype).to(biases.device);
        Tensor table = biases.view(-1, from, from);
        return matmul(matmul(weights, table), weights.transpose(0, 1)).view(-1, distances);
    }

    private static Tensor InterpolationWeights(int from, int to)
    {
        var weights = new double[to, from];
        for (int i = 0; i < to; i++)
        {
            double position = Math.Min((double)i * from / to, from - 1);
            int below = (int)position;
            int above = Math.Min(below + 1, from - 1);
            weights[i, below] += 1 - (position - below);
            weights[i, above] += position - below;
        }

        return tensor(weights);
    }
}
