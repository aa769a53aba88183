using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit;

/// <summary>
/// A trained LeViT in the form for scoring: every BatchNorm folded into the layer before it, the attention biases
/// gathered once, and the heads merged into one linear layer.
/// </summary>
/// <remarks>
/// Its answers equal the model's in eval mode within 1e-4. It is a copy: later changes of the model do not reach it.
/// Any number of threads may score at once.
/// </remarks>
public sealed class LevitInference : IDisposable
{
    private readonly (Tensor Weight, Tensor Bias)[] _stem;
    private readonly List<ILevitFusedLayer> _layers = [];
    private readonly LevitFusedLinear _head;

    private LevitInference(LevitFoldedWeights weights)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Config = weights.Config;
        _stem = [.. Enumerable.Range(0, 4).Select(weights.Convolution)];
        foreach ((Tensor weight, Tensor bias) in _stem)
        {
            weight.DetachFromDisposeScope();
            bias.DetachFromDisposeScope();
        }

        for (int stage = 0; stage < LevitConfig.StageCount; stage++)
        {
            _layers.AddRange(Layers(weights, stage));
        }

        _head = new LevitFusedLinear(weights.Head());
    }

    /// <summary>The settings of the model.</summary>
    public LevitConfig Config { get; }

    /// <summary>Copies a model with one head.</summary>
    public static LevitInference From(LevitForImageClassification model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FromWeights(model.Config, model.state_dict());
    }

    /// <summary>Copies a model with two heads.</summary>
    public static LevitInference From(LevitForImageClassificationWithTeacher model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FromWeights(model.Config, model.state_dict());
    }

    /// <summary>Copies the weights of a checkpoint; the distillation head is used where it is there.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="weights">The tensors by Hugging Face's keys; others are not read.</param>
    /// <exception cref="InvalidDataException">A weight is missing or does not fit; the message names the key.</exception>
    public static LevitInference FromWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        config.Validate();
        return new LevitInference(new LevitFoldedWeights(config, weights));
    }

    /// <summary>Scores a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], float32, on the CPU, normalised.</param>
    /// <returns>Logits and features; the caller owns them. No gradient can flow through them.</returns>
    /// <exception cref="ArgumentException">The shape does not fit the config.</exception>
    public LevitScores Score(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, smallestBatch: 1);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = inference_mode();
        Tensor x = Stem(pixelValues);
        foreach (ILevitFusedLayer layer in _layers)
        {
            using DisposeScope layerScope = NewDisposeScope();
            x = layer.Forward(x).MoveToOuterDisposeScope();
        }

        Tensor pooled = x.mean([1]);
        return new LevitScores(_head.Forward(pooled).MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((Tensor weight, Tensor bias) in _stem)
        {
            weight.Dispose();
            bias.Dispose();
        }

        _layers.ForEach(layer => layer.Dispose());
        _head.Dispose();
    }

    // [N, C, H, W] -> [N, tokens, width]
    private Tensor Stem(Tensor pixelValues)
    {
        Tensor x = pixelValues;
        for (int i = 0; i < _stem.Length; i++)
        {
            x = F.conv2d(x, _stem[i].Weight, _stem[i].Bias, strides: [Config.Stride, Config.Stride], padding: [Config.Padding, Config.Padding]);
            x = i < _stem.Length - 1 ? x.hardswish_() : x;
        }

        return x.flatten(2).transpose(1, 2).contiguous();
    }

    private static IEnumerable<ILevitFusedLayer> Layers(LevitFoldedWeights weights, int stage)
    {
        LevitStageShape shape = LevitStageShape.Of(weights.Config)[stage];
        int layer = 0;
        string Next() => $"levit.encoder.stages.{stage}.layers.{layer++}";
        for (int block = 0; block < shape.Depth; block++)
        {
            yield return new LevitFusedAttention(weights, Next(), shape);
            if (shape.MlpRatio > 0)
            {
                yield return new LevitFusedMlp(weights, Next());
            }
        }

        if (stage < LevitConfig.StageCount - 1)
        {
            yield return new LevitFusedSubsample(weights, Next(), LevitSubsampleShape.After(weights.Config, stage));
            yield return new LevitFusedMlp(weights, Next());
        }
    }
}
