using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Deformable;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.Pixels;

/// <summary>What the pixel decoder makes.</summary>
/// <param name="MaskFeatures">(batch, mask_feature_size, height / 4, width / 4).</param>
/// <param name="Levels">The three levels as sequences (batch, pixels, feature_size), from the smallest to the largest.</param>
/// <param name="Sizes">Their sizes.</param>
internal sealed record PixelDecoderOutput(Tensor MaskFeatures, IReadOnlyList<Tensor> Levels, IReadOnlyList<MapSize> Sizes)
{
    /// <summary>A level as a map (batch, feature_size, height, width).</summary>
    public Tensor Map(int level) => Levels[level].transpose(1, 2).unflatten(2, Sizes[level].Height, Sizes[level].Width);
}

/// <summary>
/// The pixel decoder (Mask2Former, section 3.2.2 and appendix): deformable attention over the backbone's three
/// smallest maps, then upsampling to the resolution of the masks.
/// </summary>
internal sealed class PixelDecoder : nn.Module
{
    [ComponentName(Name = "level_embed")]
    private readonly Parameter _levelEmbed;

    [ComponentName(Name = "input_projections")]
    private readonly ModuleList<NormedConvolution> _inputProjections;

    [ComponentName(Name = "encoder")]
    private readonly PixelDecoderEncoder _encoder;

    [ComponentName(Name = "mask_projection")]
    private readonly Convolution2d _maskProjection;

    private readonly IReadOnlyList<(NormedConvolution Lateral, NormedConvolution Output)> _fpnLevels;
    private readonly SinePositionEmbedding _positions;

    /// <param name="config">The settings.</param>
    /// <param name="channels">The channels of the backbone's maps, from the largest map to the smallest.</param>
    /// <param name="generator">The source of dropout.</param>
    public PixelDecoder(Mask2FormerConfig config, IReadOnlyList<int> channels, Generator? generator)
        : base(nameof(PixelDecoder))
    {
        int features = config.FeatureSize;
        _levelEmbed = nn.Parameter(zeros(Mask2FormerConfig.FeatureLevels, features));
        _levelEmbed.DetachFromDisposeScope();
        _inputProjections = nn.ModuleList([.. channels.Reverse().Take(Mask2FormerConfig.FeatureLevels).Select(width =>
            new NormedConvolution(width, features, kernel: 1, bias: true))]);
        _encoder = new PixelDecoderEncoder(config, generator);
        _maskProjection = new Convolution2d(features, config.MaskFeatureSize, kernel: 1);
        _positions = new SinePositionEmbedding(features);
        RegisterComponents();

        _fpnLevels = [.. channels.Take(config.FpnLevels).Select(width => (
            new NormedConvolution(width, features, kernel: 1, bias: false),
            new NormedConvolution(features, features, kernel: 3, bias: false)))];
        for (int i = 0; i < _fpnLevels.Count; i++)
        {
            register_module($"adapter_{i + 1}", _fpnLevels[i].Lateral);
            register_module($"layer_{i + 1}", _fpnLevels[i].Output);
        }
    }

    public Parameter LevelEmbed => _levelEmbed;

    public IReadOnlyList<NormedConvolution> InputProjections => [.. _inputProjections];

    public PixelDecoderEncoder Encoder => _encoder;

    /// <summary>The levels above the attention's, from the largest map to the smallest.</summary>
    public IReadOnlyList<(NormedConvolution Lateral, NormedConvolution Output)> FpnLevels => _fpnLevels;

    public Convolution2d MaskProjection => _maskProjection;

    /// <summary>Whether training keeps the inputs only of each layer of the attention and of the upsampling, and computes them once more for their gradients.</summary>
    public bool GradientCheckpointing
    {
        get => _encoder.GradientCheckpointing;
        set => _encoder.GradientCheckpointing = value;
    }

    /// <param name="features">The backbone's maps, from the largest to the smallest.</param>
    public PixelDecoderOutput Forward(IReadOnlyList<Tensor> features)
    {
        using var scope = NewDisposeScope();
        Tensor[] maps = [.. features.Reverse().Take(Mask2FormerConfig.FeatureLevels)];
        MapSize[] sizes = [.. maps.Select(map => new MapSize((int)map.shape[2], (int)map.shape[3]))];

        // From maps to one sequence (batch, pixels of all levels, channels), the smallest level first.
        Tensor states = cat([.. maps.Select((map, level) => _inputProjections[level].call(map).flatten(2).transpose(1, 2))], 1);
        Tensor positions = cat([.. sizes.Select((size, level) =>
            _positions.Get(size.Height, size.Width, states.device, states.dtype).Plus(_levelEmbed[level]))], 1);
        states = _encoder.Forward(states, positions, sizes);

        Tensor[] levels = states.split([.. sizes.Select(size => (long)size.Area)], 1);
        var output = new PixelDecoderOutput(states, levels, sizes);
        Tensor[] maskInputs = [.. features.Take(_fpnLevels.Count), output.Map(levels.Length - 1)];
        Tensor maskFeatures = GradientCheckpointing ? Recomputation.Apply(MaskFeatures, maskInputs) : MaskFeatures(maskInputs);
        return output with
        {
            MaskFeatures = maskFeatures.MoveToOuterDisposeScope(),
            Levels = [.. levels.Select(level => level.MoveToOuterDisposeScope())],
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _positions.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Tensor Join(Tensor lateral, Tensor coarser)
    {
        using var scope = NewDisposeScope();
        Tensor upsampled = F.interpolate(coarser, size: lateral.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false);
        return lateral.Plus(upsampled).MoveToOuterDisposeScope();
    }

    // From the backbone's largest maps and the attention's largest level to the mask features.
    private Tensor MaskFeatures(Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        Tensor finest = inputs[^1];
        for (int i = _fpnLevels.Count - 1; i >= 0; i--)
        {
            NormedConvolution lateral = _fpnLevels[i].Lateral;

            // The sum is cheap to make: training keeps neither the lateral map nor the upsampled one beside it.
            Tensor sum = Recomputation.Apply(maps => Join(lateral.call(maps[0]), maps[1]), inputs[i], finest);
            finest = F.relu(_fpnLevels[i].Output.call(sum));
        }

        return _maskProjection.call(finest).MoveToOuterDisposeScope();
    }
}

/// <summary>Backbone and pixel decoder, under the keys "encoder" and "decoder".</summary>
internal sealed class PixelLevelModule : nn.Module
{
    [ComponentName(Name = "encoder")]
    private readonly Swin.SwinBackbone _encoder;

    [ComponentName(Name = "decoder")]
    private readonly PixelDecoder _decoder;

    public PixelLevelModule(Mask2FormerConfig config, WeightInitialization initialization, Generator? weights, Generator layers)
        : base(nameof(PixelLevelModule))
    {
        _encoder = new Swin.SwinBackbone(config.BackboneConfig, initialization, weights, layers);
        _decoder = new PixelDecoder(config, _encoder.Channels, layers);
        RegisterComponents();
    }

    public Swin.SwinBackbone Encoder => _encoder;

    public PixelDecoder Decoder => _decoder;
}
