using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Scoring;

/// <summary>A linear layer or convolution with its BatchNorm folded in.</summary>
/// <param name="Weight">[outputs, inputs], and per input the kernel's elements in a convolution.</param>
/// <param name="Bias">[outputs].</param>
internal sealed record LevitFoldedLayer(float[] Weight, float[] Bias)
{
    /// <summary>The number of outputs.</summary>
    public int Outputs => Bias.Length;

    /// <summary>The weights of one output.</summary>
    public int Inputs => Weight.Length / Bias.Length;
}

/// <summary>The weights of a trained model with every BatchNorm folded into its linear layer or convolution.</summary>
/// <remarks>
/// A BatchNorm in eval mode is y · s + (β − μ · s) with s = γ / sqrt(σ² + ε); s scales the output channels of the layer
/// before it, the rest is a bias. Folding is done in double precision.
/// </remarks>
internal sealed class LevitFoldedWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    private const double Epsilon = 1e-5; // nn.BatchNorm's default, which both references use

    public LevitConfig Config => config;

    /// <summary>A convolution of the stem, 0 to 3.</summary>
    public LevitFoldedLayer Convolution(int index)
    {
        int inputs = index == 0 ? config.NumChannels : config.HiddenSizes[0] >> (4 - index);
        return Fold(
            $"levit.patch_embeddings.embedding_layer_{index + 1}", "convolution",
            config.HiddenSizes[0] >> (3 - index), inputs * config.KernelSize * config.KernelSize, scale: 1);
    }

    /// <summary>A linear layer; weight and bias are multiplied by <paramref name="scale"/>.</summary>
    public LevitFoldedLayer Linear(string prefix, int outputs, int inputs, double scale = 1) => Fold(prefix, "linear", outputs, inputs, scale);

    /// <summary>The biases of an attention layer for each pair of tokens, [heads, queries, keys].</summary>
    public float[] AttentionBiases(string prefix, int heads, int resolution, int stride)
    {
        double[] biases = Read($"{prefix}.attention_biases", heads * resolution * resolution);
        long[] index = LevitAttentionBias.Index(resolution, stride);
        var gathered = new float[heads * index.Length];
        for (int i = 0; i < gathered.Length; i++)
        {
            gathered[i] = (float)biases[i / index.Length * resolution * resolution + index[i % index.Length]];
        }

        return gathered;
    }

    /// <summary>The heads as one linear layer on the pooled features, averaged where there are two.</summary>
    public LevitFoldedLayer Head()
    {
        LevitFoldedLayer head = Head("classifier");
        if (!weights.ContainsKey("classifier_distill.linear.weight"))
        {
            return head;
        }

        LevitFoldedLayer other = Head("classifier_distill");
        return new LevitFoldedLayer(Average(head.Weight, other.Weight), Average(head.Bias, other.Bias));
    }

    private LevitFoldedLayer Head(string prefix)
    {
        // Here the BatchNorm comes first: it scales the input channels.
        int inputs = config.HiddenSizes[^1];
        (double[] scale, double[] shift) = Norm($"{prefix}.batch_norm", inputs);
        double[] weight = Read($"{prefix}.linear.weight", config.NumLabels * inputs);
        double[] bias = Read($"{prefix}.linear.bias", config.NumLabels);
        for (int i = 0; i < weight.Length; i++)
        {
            bias[i / inputs] += weight[i] * shift[i % inputs];
            weight[i] *= scale[i % inputs];
        }

        return new LevitFoldedLayer(ToSingle(weight), ToSingle(bias));
    }

    private LevitFoldedLayer Fold(string prefix, string layer, int outputs, int inputs, double scale)
    {
        double[] weight = Read($"{prefix}.{layer}.weight", outputs * inputs);
        (double[] norm, double[] shift) = Norm($"{prefix}.batch_norm", outputs);
        for (int i = 0; i < weight.Length; i++)
        {
            weight[i] *= norm[i / inputs] * scale;
        }

        return new LevitFoldedLayer(ToSingle(weight), [.. shift.Select(value => (float)(value * scale))]);
    }

    private (double[] Scale, double[] Shift) Norm(string prefix, int channels)
    {
        double[] variance = Read($"{prefix}.running_var", channels);
        double[] mean = Read($"{prefix}.running_mean", channels);
        double[] scale = Read($"{prefix}.weight", channels);
        double[] shift = Read($"{prefix}.bias", channels);
        for (int i = 0; i < channels; i++)
        {
            scale[i] /= Math.Sqrt(variance[i] + Epsilon);
            shift[i] -= mean[i] * scale[i];
        }

        return (scale, shift);
    }

    private double[] Read(string key, int length)
    {
        if (!weights.TryGetValue(key, out Tensor? weight))
        {
            throw new InvalidDataException($"The weights lack '{key}', which a {config.ModelType} model of this config has.");
        }

        if (weight.numel() != length)
        {
            throw new InvalidDataException($"'{key}' is [{string.Join(", ", weight.shape)}]; a model of this config has {length} numbers there.");
        }

        using DisposeScope scope = NewDisposeScope();
        return [.. weight.detach().to(CPU).to(float64).contiguous().data<double>()];
    }

    private static float[] ToSingle(double[] values) => Array.ConvertAll(values, value => (float)value);

    private static float[] Average(float[] first, float[] second) => [.. first.Zip(second, (a, b) => (a + b) / 2)];
}
