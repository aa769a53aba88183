using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Kernels;
using MLNetVision.Models.Levit.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Inference;

/// <summary>
/// A trained LeViT in the form for scoring: every BatchNorm folded into the layer before it, the attention biases
/// gathered once, and the heads merged into one linear layer.
/// </summary>
/// <remarks>
/// Its answers equal the model's in eval mode within 1e-4, with <see cref="ScoringPrecision.BFloat16"/> within about 1e-2
/// of the largest logit. It is a copy: later changes of the model do not reach it.
/// Any number of threads may score at once. A pass uses as many threads as torch.get_num_threads() says. On processors
/// with AVX2 and FMA, or AVX-512, it runs in vector code of this library, elsewhere in libtorch;
/// the environment variable MLNETVISION_KERNELS (avx512, avx2, portable or libtorch) chooses otherwise when the process starts.
/// </remarks>
public sealed class LevitInference : IDisposable
{
    private readonly ILevitScorer _scorer;

    private LevitInference(LevitConfig config, ScoringPrecision precision, ILevitScorer scorer)
    {
        Config = config;
        Precision = precision;
        _scorer = scorer;
    }

    /// <summary>The settings of the model.</summary>
    public LevitConfig Config { get; }

    /// <summary>In which numbers the layers multiply.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>Whether it runs in vector code of this library.</summary>
    internal bool UsesKernels => _scorer is LevitKernelScorer;

    /// <summary>Copies a model with one head.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitInference From(LevitForImageClassification model, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FromWeights(model.Config, model.state_dict(), precision);
    }

    /// <summary>Copies a model with two heads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitInference From(LevitForImageClassificationWithTeacher model, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ArgumentNullException.ThrowIfNull(model);
        return FromWeights(model.Config, model.state_dict(), precision);
    }

    /// <summary>Copies the weights of a checkpoint; the distillation head is used where it is there.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="weights">The tensors by Hugging Face's keys; others are not read.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="InvalidDataException">A weight is missing or does not fit; the message names the key.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitInference FromWeights(
        LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, ScoringPrecision precision = ScoringPrecision.Single) =>
        FromWeights(config, weights, precision, useKernels: KernelLevels.Current != KernelLevel.LibTorch || precision != ScoringPrecision.Single);

    internal static LevitInference FromWeights(
        LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, ScoringPrecision precision, bool useKernels)
    {
        ScoringPrecisions.Check(precision);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        config.Validate();
        var folded = new LevitFoldedWeights(config, weights);
        return new LevitInference(config, precision, useKernels ? new LevitKernelScorer(folded, precision) : new LevitTorchScorer(folded));
    }

    /// <summary>Scores a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], float32, on the CPU, normalised.</param>
    /// <returns>Logits and features; the caller owns them. No gradient can flow through them.</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device does not fit.</exception>
    public LevitScores Score(Tensor pixelValues)
    {
        Check(pixelValues);
        LevitScores scores = _scorer.Score(pixelValues);
        GC.KeepAlive(pixelValues); // kernels read its memory, and the caller may have its last reference in this call
        return scores;
    }

    /// <summary>The <see cref="LevitScores.PooledOutput"/> of a batch of images, without the heads.</summary>
    /// <inheritdoc cref="Score" path="/param|/exception"/>
    internal Tensor Features(Tensor pixelValues)
    {
        Check(pixelValues);
        Tensor features = _scorer.Features(pixelValues);
        GC.KeepAlive(pixelValues);
        return features;
    }

    /// <inheritdoc/>
    public void Dispose() => _scorer.Dispose();

    private void Check(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, smallestBatch: 1);
        if (pixelValues.dtype != ScalarType.Float32 || pixelValues.device_type != DeviceType.CPU)
        {
            throw new ArgumentException($"Expected float32 pixel values on the CPU, got {pixelValues.dtype} on {pixelValues.device_type}.", nameof(pixelValues));
        }
    }
}
