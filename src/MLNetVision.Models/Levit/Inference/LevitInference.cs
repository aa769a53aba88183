using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Naming;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Weights;
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
/// Any number of threads may score at once; a pass uses as many as <see cref="Common.Kernels.Threads.KernelThreads.Count"/> says. On
/// processors with AVX2 and FMA, or AVX-512, it runs in vector code of this library, elsewhere in libtorch, or in this
/// library's portable code where the application has no libtorch;
/// the environment variable MLNETVISION_KERNELS (avx512, avx2, portable or libtorch) chooses otherwise when the process starts.
/// In code of this library, made of a checkpoint and scoring spans, it does not load libtorch.
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

    private int ImageElements => Config.NumChannels * Config.ImageSize * Config.ImageSize;

    private int Width => Config.HiddenSizes[^1];

    /// <summary>Loads a trained model with one head or two, of which the logits are averaged.</summary>
    /// <param name="source">
    /// A folder in Hugging Face's form, a weights file (safetensors, or what torch.save writes) with its config.json
    /// beside it, or a model id such as "facebook/levit-128S". Keys under the original repository's or timm's names are mapped.
    /// </param>
    /// <param name="options">Config, labels, strictness, download. No weights are made anew: the checkpoint must have all, and a generator is refused.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="FileNotFoundException">The folder has no weights or no config.json.</exception>
    /// <exception cref="InvalidDataException">The config or the weights are broken, or a weight is missing or does not fit the config; the message names the key.</exception>
    /// <exception cref="CheckpointMismatchException">The checkpoint has keys that are not used, in strict mode.</exception>
    /// <exception cref="HubException">A model id cannot be downloaded.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitInference FromPretrained(string source, PretrainedOptions? options = null, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ScoringPrecisions.Check(precision);
        return FromPretrained(source, options, EnginePolicy.OnCpu(precision, hasLibTorchForm: true));
    }

    internal static LevitInference FromPretrained(string source, PretrainedOptions? options, EngineChoice engine) =>
        LevitPretrained.Weights.Read(source, options, (config, weights) => Create(config, weights, engine));

    /// <summary>Copies the weights of a checkpoint; the distillation head is used where it is there.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="checkpoint">The weights under Hugging Face's, the original repository's or timm's names; others are not read. It stays open.</param>
    /// <param name="precision">In which numbers the layers multiply.</param>
    /// <exception cref="InvalidDataException">A weight is missing or does not fit; the message names the key.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitInference FromCheckpoint(LevitConfig config, ICheckpoint checkpoint, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ScoringPrecisions.Check(precision);
        return FromCheckpoint(config, checkpoint, EnginePolicy.OnCpu(precision, hasLibTorchForm: true));
    }

    internal static LevitInference FromCheckpoint(LevitConfig config, ICheckpoint checkpoint, EngineChoice engine)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return Create(config, new WeightScope(new CheckpointWeights(LevitKeyNames.All.Adapt(checkpoint))), engine);
    }

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
        LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, ScoringPrecision precision = ScoringPrecision.Single)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ScoringPrecisions.Check(precision);
        return FromWeights(config, weights, EnginePolicy.OnCpu(precision, hasLibTorchForm: true));
    }

    /// <summary>The same for a given engine, which may be a GPU.</summary>
    internal static LevitInference FromWeights(LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, EngineChoice engine) =>
        Create(config, new WeightScope(new TensorWeights(weights)), engine);

    /// <summary>A given form, which takes all threads for a network of any size.</summary>
    internal static LevitInference FromWeights(
        LevitConfig config, IReadOnlyDictionary<string, Tensor> weights, ScoringPrecision precision, bool useKernels) =>
        useKernels
            ? new LevitInference(config, precision, new LevitKernelScorer(config, new WeightScope(new TensorWeights(weights)), precision) { LeastThreadOperations = 0 })
            : FromWeights(config, weights, EnginePolicy.OnCpu(precision, hasLibTorchForm: true) with { Kind = EngineKind.LibTorch });

    /// <summary>Scores a batch of images without torch.</summary>
    /// <param name="pixelValues">(images, num_channels, image_size, image_size), normalised.</param>
    /// <param name="images">The number of images, at least 1.</param>
    /// <param name="logits">Takes the logits, (images, labels), of a model with two heads their average; empty where they are not wanted.</param>
    /// <param name="pooledOutput">Takes the features that the heads see, (images, hidden_sizes[2]); empty where they are not wanted.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Score(ReadOnlySpan<float> pixelValues, int images, Span<float> logits, Span<float> pooledOutput = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        CheckLength(pixelValues.Length, images, ImageElements, nameof(pixelValues));
        CheckLength(logits.IsEmpty ? null : logits.Length, images, Config.NumLabels, nameof(logits));
        CheckLength(pooledOutput.IsEmpty ? null : pooledOutput.Length, images, Width, nameof(pooledOutput));
        if (!logits.IsEmpty || !pooledOutput.IsEmpty)
        {
            _scorer.Score(pixelValues, images, logits, pooledOutput);
        }
    }

    /// <summary>Scores what an image processor made, without torch.</summary>
    /// <param name="pixels">Pictures of image_size.</param>
    /// <returns>The logits, (images, labels).</returns>
    /// <exception cref="ArgumentException">The pictures have another size or number of channels.</exception>
    public float[] Score(PixelValues pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        LevitInput.Check([pixels.Images, PixelValues.Channels, pixels.Height, pixels.Width], Config, smallestBatch: 1, nameof(pixels));
        var logits = new float[pixels.Images * Config.NumLabels];
        Score(pixels.Values, pixels.Images, logits);
        return logits;
    }

    /// <summary>Scores a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], float32, on the CPU, normalised.</param>
    /// <returns>Logits and features; the caller owns them. No gradient can flow through them.</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device does not fit.</exception>
    public LevitScores Score(Tensor pixelValues)
    {
        Check(pixelValues);
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = empty(pixelValues.shape[0], Config.NumLabels), features = empty(pixelValues.shape[0], Width);
        Run(pixelValues, logits, features);
        return new LevitScores(logits.MoveToOuterDisposeScope(), features.MoveToOuterDisposeScope());
    }

    /// <summary>The <see cref="LevitScores.PooledOutput"/> of a batch of images, without the heads.</summary>
    /// <inheritdoc cref="Score(Tensor)" path="/param|/exception"/>
    internal Tensor Features(Tensor pixelValues)
    {
        Check(pixelValues);
        using DisposeScope scope = NewDisposeScope();
        Tensor features = empty(pixelValues.shape[0], Width);
        Run(pixelValues, logits: null, features);
        return features.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _scorer.Dispose();

    /// <summary>The logits of a batch on any device, which they stay on where the engine is there.</summary>
    internal Tensor Logits(Tensor pixelValues) =>
        _scorer is LevitTorchScorer torch ? torch.Logits(pixelValues) : Score(pixelValues.cpu().contiguous()).Logits;

    private static LevitInference Create(LevitConfig config, WeightScope weights, EngineChoice engine)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return new LevitInference(
            config, engine.Precision,
            engine.Kind == EngineKind.Kernels ? new LevitKernelScorer(config, weights, engine.Precision) : new LevitTorchScorer(config, weights, LevitFusedPlace.Of(engine)));
    }

    // As many images at once as a span can hold.
    private void Run(Tensor pixelValues, Tensor? logits, Tensor features)
    {
        Tensor pixels = pixelValues.detach().contiguous();
        int most = int.MaxValue / ImageElements;
        for (long first = 0; first < pixels.shape[0]; first += most)
        {
            int images = (int)Math.Min(most, pixels.shape[0] - first);
            _scorer.Score(
                TensorMemory.Floats(pixels, first * ImageElements, images * ImageElements), images,
                logits is null ? [] : TensorMemory.Floats(logits, first * Config.NumLabels, images * Config.NumLabels),
                TensorMemory.Floats(features, first * Width, images * Width));
        }
    }

    private void Check(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, smallestBatch: 1);
        if (pixelValues.dtype != ScalarType.Float32 || pixelValues.device_type != DeviceType.CPU)
        {
            throw new ArgumentException($"Expected float32 pixel values on the CPU, got {pixelValues.dtype} on {pixelValues.device_type}.", nameof(pixelValues));
        }
    }

    private static void CheckLength(int? length, int images, int perImage, string name)
    {
        if (length is { } given && given != (long)images * perImage)
        {
            throw new ArgumentException($"{images} images have {(long)images * perImage} numbers there, {perImage} each; got {given}.", name);
        }
    }
}
