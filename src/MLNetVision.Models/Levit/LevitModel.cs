using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>LeViT without a head (Graham et al., "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference", 2021).</summary>
/// <remarks>
/// Numerically Hugging Face's LevitModel, with its state-dict keys. For scoring, <see cref="LevitInference"/> is faster.
/// Difference from the reference: the attention biases are gathered in every pass and never cached, so they follow
/// every change of the weights.
/// </remarks>
public sealed partial class LevitModel : nn.Module<Tensor, LevitModelOutput>
{
    [ComponentName(Name = "patch_embeddings")]
    private readonly LevitPatchEmbeddings _patchEmbeddings;

    [ComponentName(Name = "encoder")]
    private readonly LevitEncoder _encoder;

    private readonly Generator _dropPath;
    private readonly long _dropPathSeed;

    /// <summary>Makes a model with new weights.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <param name="generator">
    /// The source of the initial weights, a CPU generator; null for torch's default one. Drop path has a generator of the
    /// model's own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public LevitModel(LevitConfig config, LevitInitialization initialization = LevitInitialization.Original, Generator? generator = null)
        : base(nameof(LevitModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        _patchEmbeddings = new LevitPatchEmbeddings(config);
        _dropPath = LayerGenerator.Create(generator);
        _dropPathSeed = _dropPath.initial_seed();
        _encoder = new LevitEncoder(config, _dropPath);
        RegisterComponents();
        LevitWeightInitializer.InitializeBackbone(this, config, initialization, generator);
    }

    /// <summary>The settings the model was made with.</summary>
    public LevitConfig Config { get; }

    /// <summary>Where drop path comes from; a training seeds it for each step.</summary>
    internal Generator DropPath => _dropPath;

    /// <summary>The seed of drop path's generator as the model was made.</summary>
    internal long DropPathSeed => _dropPathSeed;

    /// <summary>Computes the tokens of a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], floating, normalised; in train mode more than one image where the last stage has a single token.</param>
    /// <exception cref="ArgumentException">The shape does not fit the config, or the batch is too small to train on.</exception>
    public override LevitModelOutput forward(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, training ? LevitInput.SmallestTrainableBatch(Config) : 1);
        using var scope = new ForwardScope(this, pixelValues);
        IReadOnlyList<Tensor> states = _encoder.call(_patchEmbeddings.call(pixelValues));
        return new LevitModelOutput(states[^1], states[^1].mean([1]), states).MoveToOuterDisposeScope();
    }

    /// <summary>The weights by Hugging Face's keys, in Hugging Face's order.</summary>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _dropPath.Dispose();
        }

        base.Dispose(disposing);
    }
}
