using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>The weights of a trained model with every BatchNorm folded into its linear or convolution layer.</summary>
/// <remarks>
/// A BatchNorm in eval mode is y · s + (β − μ · s) with s = γ / sqrt(σ² + ε); s scales the output channels of the layer
/// before it, the rest is a bias. Folding is done in float64. The caller owns what the methods return (float32, CPU).
/// </remarks>
internal sealed class LevitFoldedWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    private const double Epsilon = 1e-5; // nn.BatchNorm's default, which both references use

    public LevitConfig Config => config;

    /// <summary>A convolution of the stem, 0 to 3: weight [out, in, kernel, kernel] and bias [out].</summary>
    public (Tensor Weight, Tensor Bias) Convolution(int index) =>
        Fold($"levit.patch_embeddings.embedding_layer_{index + 1}", "convolution", scale: 1);

    /// <summary>A linear layer: weight [out, in] and bias [out], both multiplied by <paramref name="scale"/>.</summary>
    public (Tensor Weight, Tensor Bias) Linear(string prefix, double scale = 1) => Fold(prefix, "linear", scale);

    /// <summary>The biases of an attention layer for each pair of tokens, [heads, queries, keys].</summary>
    public Tensor AttentionBiases(string prefix, int resolution, int stride)
    {
        using DisposeScope scope = NewDisposeScope();
        using var index = new LevitAttentionBias(resolution, stride);
        Tensor biases = Read($"{prefix}.attention_biases");
        if (biases.dim() != 2 || biases.shape[1] != index.Distances)
        {
            throw new InvalidDataException(
                $"'{prefix}.attention_biases' is [{string.Join(", ", biases.shape)}]; an image size of {config.ImageSize} needs {index.Distances} distances.");
        }

        return index.Gather(biases).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>The heads as one linear layer on the pooled features, averaged where there are two.</summary>
    public (Tensor Weight, Tensor Bias) Head()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor weight, Tensor bias) = Head("classifier");
        if (weights.ContainsKey("classifier_distill.linear.weight"))
        {
            (Tensor otherWeight, Tensor otherBias) = Head("classifier_distill");
            (weight, bias) = ((weight + otherWeight) / 2, (bias + otherBias) / 2);
        }

        return (weight.to(float32).MoveToOuterDisposeScope(), bias.to(float32).MoveToOuterDisposeScope());
    }

    private (Tensor Weight, Tensor Bias) Head(string prefix)
    {
        // Here the BatchNorm comes first: it scales the input channels.
        (Tensor scale, Tensor shift) = Norm($"{prefix}.batch_norm");
        Tensor weight = Read($"{prefix}.linear.weight");
        return (weight * scale, Read($"{prefix}.linear.bias") + matmul(weight, shift));
    }

    private (Tensor Weight, Tensor Bias) Fold(string prefix, string layer, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor norm, Tensor shift) = Norm($"{prefix}.batch_norm");
        Tensor weight = Read($"{prefix}.{layer}.weight");
        long[] perOutput = [-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)];
        return (
            (weight * norm.view(perOutput) * scale).to(float32).MoveToOuterDisposeScope(),
            (shift * scale).to(float32).MoveToOuterDisposeScope());
    }

    private (Tensor Scale, Tensor Shift) Norm(string prefix)
    {
        Tensor scale = Read($"{prefix}.weight") / (Read($"{prefix}.running_var") + Epsilon).sqrt();
        return (scale, Read($"{prefix}.bias") - Read($"{prefix}.running_mean") * scale);
    }

    private Tensor Read(string key) =>
        weights.TryGetValue(key, out Tensor? weight)
            ? weight.detach().to(CPU).to(float64)
            : throw new InvalidDataException($"The weights lack '{key}', which a {config.ModelType} model of this config has.");
}
