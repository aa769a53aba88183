using MLNetVision.Models.Common.Kernels;
using MLNetVision.Models.Levit.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>
/// A trained LeViT in the form for scoring: every BatchNorm folded into the layer before it, the attention biases
/// gathered once, and the heads merged into one linear layer.
/// </summary>
/// <remarks>
/// Its answers equal the model's in eval mode within 1e-4. It is a copy: later changes of the model do not reach it.
/// Any number of threads may score at once. A pass uses as many threads as torch.get_num_threads() says. On processors
/// with AVX2 and FMA, or AVX-512, it runs in vector code of this library, elsewhere in libtorch.
/// </remarks>
public sealed class LevitInference : IDisposable
{
    private readonly ILevitScorer _scorer;

    private LevitInference(LevitConfig config, ILevitScorer scorer)
    {
        Config = config;
        _scorer = scorer;
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
    public static LevitInference FromWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights) =>
        FromWeights(config, weights, useKernels: GemmKernels.IsFast);

    internal static LevitInference FromWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, bool useKernels)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        config.Validate();
        var folded = new LevitFoldedWeights(config, weights);
        return new LevitInference(config, useKernels ? new LevitKernelScorer(folded) : new LevitTorchScorer(folded));
    }

    /// <summary>Scores a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], float32, on the CPU, normalised.</param>
    /// <returns>Logits and features; the caller owns them. No gradient can flow through them.</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device does not fit.</exception>
    public LevitScores Score(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, smallestBatch: 1);
        if (pixelValues.dtype != ScalarType.Float32 || pixelValues.device_type != DeviceType.CPU)
        {
            throw new ArgumentException($"Expected float32 pixel values on the CPU, got {pixelValues.dtype} on {pixelValues.device_type}.", nameof(pixelValues));
        }

        return _scorer.Score(pixelValues);
    }

    /// <inheritdoc/>
    public void Dispose() => _scorer.Dispose();
}
