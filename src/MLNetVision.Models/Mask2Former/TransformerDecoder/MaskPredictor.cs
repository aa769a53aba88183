using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>From queries to mask embeddings, whose product with the mask features is the mask.</summary>
internal sealed class MaskPredictor : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "mask_embedder")]
    private readonly MaskEmbedder _maskEmbedder;

    public MaskPredictor(Mask2FormerConfig config)
        : base(nameof(MaskPredictor))
    {
        _maskEmbedder = new MaskEmbedder(config.HiddenDim, config.MaskFeatureSize);
        RegisterComponents();
    }

    public IReadOnlyList<Linear> Layers => _maskEmbedder.Layers;

    /// <summary>From normalised queries (batch, queries, channels) to mask embeddings (batch, queries, mask_feature_size).</summary>
    public override Tensor forward(Tensor queries) => _maskEmbedder.call(queries);

    /// <summary>The mask logits, (batch, queries, height, width).</summary>
    public static Tensor Masks(Tensor embeddings, Tensor maskFeatures) =>
        embeddings.bmm(maskFeatures.flatten(2)).unflatten(2, maskFeatures.shape[2], maskFeatures.shape[3]);

    /// <summary>
    /// Where masked attention may not look, bool (batch, queries, pixels of the level): where the mask's probability at
    /// the level's resolution is below one half. Resizing a mask bilinearly and multiplying over channels commute, so
    /// the mask features come resized and no mask is made at full resolution.
    /// </summary>
    public static Tensor Blocked(Tensor embeddings, Tensor resizedFeatures) => embeddings.bmm(resizedFeatures.flatten(2)).IsNegative();

    /// <summary>The complement of <see cref="Blocked"/>; a query that may look nowhere may look everywhere.</summary>
    public static Tensor Allowed(Tensor blocked) => blocked.eq(blocked.all(-1, keepdim: true));

    /// <summary>The mask features at a level's resolution, without gradient.</summary>
    public static Tensor Resize(Tensor maskFeatures, MapSize size) =>
        F.interpolate(maskFeatures.detach(), size: [size.Height, size.Width], mode: InterpolationMode.Bilinear, align_corners: false);
}

/// <summary>A linear layer under the key "0", as in the original's sequence of layer and activation.</summary>
internal sealed class MaskEmbedderLayer : nn.Module
{
    [ComponentName(Name = "0")]
    private readonly Linear _linear;

    public MaskEmbedderLayer(Linear linear)
        : base(nameof(MaskEmbedderLayer))
    {
        _linear = linear;
        RegisterComponents();
    }
}

/// <summary>An MLP of three layers with the keys "0.0", "1.0" and "2.0".</summary>
internal sealed class MaskEmbedder : nn.Module<Tensor, Tensor>
{
    public MaskEmbedder(int channels, int outputs)
        : base(nameof(MaskEmbedder))
    {
        Layers = [nn.Linear(channels, channels), nn.Linear(channels, channels), nn.Linear(channels, outputs)];
        for (int i = 0; i < Layers.Count; i++)
        {
            register_module($"{i}", new MaskEmbedderLayer(Layers[i]));
        }

        RegisterComponents();
    }

    public IReadOnlyList<Linear> Layers { get; }

    public override Tensor forward(Tensor x) => FlatLinear.Apply(F.relu(FlatLinear.Apply(F.relu(FlatLinear.Apply(x, Layers[0])), Layers[1])), Layers[2]);
}
