using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Swin.Blocks;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin;

/// <summary>
/// A Swin Transformer as backbone: an image goes in, the maps that <see cref="SwinConfig.RequestedFeatures"/> names
/// come out, each through a layer norm of its own. Equal to Hugging Face's SwinBackbone, and with its checkpoint keys.
/// </summary>
/// <remarks>Stages behind the last requested map are not run. Any image size is taken: it is padded to whole patches, every map to whole windows.</remarks>
public sealed class SwinBackbone : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    [ComponentName(Name = "embeddings")]
    private readonly SwinEmbeddings _embeddings;

    [ComponentName(Name = "encoder")]
    private readonly SwinEncoder _encoder;

    [ComponentName(Name = "hidden_states_norms")]
    private readonly FeatureNorms _norms;

    private readonly Generator? _ownGenerator;

    /// <summary>Builds the backbone with fresh weights.</summary>
    /// <param name="config">The settings; they are validated.</param>
    /// <param name="initialization">How the fresh weights are drawn.</param>
    /// <param name="generator">
    /// The source of the fresh weights, on the CPU; null for torch's own. Drop path and dropout have a generator of the
    /// backbone's own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public SwinBackbone(SwinConfig config, WeightInitialization initialization = WeightInitialization.Original, Generator? generator = null)
        : this(config, initialization, generator, layers: null)
    {
    }

    /// <param name="config">The settings.</param>
    /// <param name="initialization">How the fresh weights are drawn.</param>
    /// <param name="weights">The source of the fresh weights.</param>
    /// <param name="layers">The source of drop path and dropout where a model owns it whose part the backbone is.</param>
    internal SwinBackbone(SwinConfig config, WeightInitialization initialization, Generator? weights, Generator? layers)
        : base(nameof(SwinBackbone))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        _ownGenerator = layers is null ? LayerGenerator.Create(weights) : null;
        layers ??= _ownGenerator;
        OutFeatures = config.FeaturesBySize;
        _embeddings = new SwinEmbeddings(config, layers);
        _encoder = new SwinEncoder(config, layers);
        _norms = new FeatureNorms(config);
        RegisterComponents();
        SwinInitialization.Apply(this, config, initialization, weights);
    }

    /// <summary>The settings that the backbone was built with.</summary>
    public SwinConfig Config { get; }

    /// <summary>The names of the returned maps, from the largest map to the smallest.</summary>
    public IReadOnlyList<string> OutFeatures { get; }

    /// <summary>The channels of the returned maps.</summary>
    public IReadOnlyList<int> Channels => [.. OutFeatures.Select(Config.ChannelsOf)];

    internal IReadOnlyList<SwinStage> Stages => _encoder.Layers;

    /// <summary>Computes the requested maps.</summary>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised.</param>
    /// <returns>For each of <see cref="OutFeatures"/> a map (batch, channels, height, width); stage i has 1 / (patch size · 2^(i-1)) of the image's sides, rounded up at each step.</returns>
    /// <exception cref="ArgumentException">The input has another rank or channel count.</exception>
    public override IReadOnlyList<Tensor> forward(Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(pixelValues);
        if (pixelValues.dim() != 4 || pixelValues.shape[1] != Config.NumChannels)
        {
            throw new ArgumentException(
                $"Expected pixel values of shape (batch, {Config.NumChannels}, height, width), got ({string.Join(", ", pixelValues.shape)}).", nameof(pixelValues));
        }

        using var scope = new ForwardScope(this, pixelValues);
        var features = new List<Tensor>(OutFeatures.Count);
        Tensor map = _embeddings.call(pixelValues);
        AddIfRequested(features, 0, map);
        for (int stage = 1; features.Count < OutFeatures.Count; stage++)
        {
            SwinStage layer = _encoder.Layers[stage - 1];
            map = layer.call(map);
            AddIfRequested(features, stage, map);
            if (features.Count < OutFeatures.Count)
            {
                map = layer.Downsample!.call(map);
            }
        }

        features.ForEach(feature => feature.MoveToOuterDisposeScope());
        return features;
    }

    /// <inheritdoc/>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ownGenerator?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void AddIfRequested(List<Tensor> features, int stage, Tensor map)
    {
        string name = Config.StageNames[stage];
        if (OutFeatures[features.Count] == name)
        {
            features.Add(_norms.Of(name).Normalize(map).permute(0, 3, 1, 2).contiguous());
        }
    }
}

/// <summary>A layer norm for each requested map, under its name. TorchSharp 0.107's ModuleDict cannot be moved to another device or type.</summary>
internal sealed class FeatureNorms : nn.Module
{
    private readonly Dictionary<string, LayerNorm> _norms = new(StringComparer.Ordinal);

    public FeatureNorms(SwinConfig config)
        : base(nameof(FeatureNorms))
    {
        foreach (string name in config.RequestedFeatures)
        {
            _norms.Add(name, nn.LayerNorm(config.ChannelsOf(name)));
            register_module(name, _norms[name]);
        }

        RegisterComponents();
    }

    public LayerNorm Of(string stageName) => _norms[stageName];
}

/// <summary>The stages, under the key "layers".</summary>
internal sealed class SwinEncoder : nn.Module
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<SwinStage> _layers;

    private readonly ShiftedWindowMasks _masks;

    public SwinEncoder(SwinConfig config, Generator? generator)
        : base(nameof(SwinEncoder))
    {
        _masks = new ShiftedWindowMasks(config.WindowSize);
        double[] dropPaths = config.DropPathRates();
        var stages = new SwinStage[config.Depths.Count];
        int first = 0;
        for (int i = 0; i < stages.Length; first += config.Depths[i], i++)
        {
            stages[i] = new SwinStage(config, i, dropPaths.AsSpan(first, config.Depths[i]), _masks, generator);
        }

        _layers = nn.ModuleList(stages);
        RegisterComponents();
        Layers = stages;
    }

    public IReadOnlyList<SwinStage> Layers { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _masks.Dispose();
        }

        base.Dispose(disposing);
    }
}
