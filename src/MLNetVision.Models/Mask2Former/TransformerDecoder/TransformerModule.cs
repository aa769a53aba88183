using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Pixels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>The queries, what is added to the levels, and the masked decoder.</summary>
internal sealed class TransformerModule : nn.Module
{
    [ComponentName(Name = "queries_embedder")]
    private readonly Embedding _queriesEmbedder;

    [ComponentName(Name = "queries_features")]
    private readonly Embedding _queriesFeatures;

    [ComponentName(Name = "input_projections")]
    private readonly ModuleList<Convolution2d>? _inputProjections;

    [ComponentName(Name = "decoder")]
    private readonly MaskedDecoder _decoder;

    [ComponentName(Name = "level_embed")]
    private readonly Embedding _levelEmbed;

    private readonly SinePositionEmbedding _positions;

    public TransformerModule(Mask2FormerConfig config, Generator? generator)
        : base(nameof(TransformerModule))
    {
        _queriesEmbedder = nn.Embedding(config.NumQueries, config.HiddenDim);
        _queriesFeatures = nn.Embedding(config.NumQueries, config.HiddenDim);
        if (config.ProjectsInput)
        {
            // Hugging Face keeps them in a plain list, so that they are neither trained nor saved.
            _inputProjections = nn.ModuleList([.. Enumerable.Range(0, Mask2FormerConfig.FeatureLevels).Select(_ => new Convolution2d(config.FeatureSize, config.HiddenDim, kernel: 1))]);
        }

        _decoder = new MaskedDecoder(config, generator);
        _levelEmbed = nn.Embedding(Mask2FormerConfig.FeatureLevels, config.HiddenDim);
        _positions = new SinePositionEmbedding(config.HiddenDim);
        RegisterComponents();
    }

    public Embedding QueriesEmbedder => _queriesEmbedder;

    public Embedding QueriesFeatures => _queriesFeatures;

    /// <summary>Null where the pixel decoder's maps are taken as they are.</summary>
    public IReadOnlyList<Convolution2d>? InputProjections => _inputProjections is null ? null : [.. _inputProjections];

    public MaskedDecoder Decoder => _decoder;

    public Embedding LevelEmbed => _levelEmbed;

    public MaskedDecoderTrace Forward(PixelDecoderOutput pixels, Mask2FormerOutputs outputs)
    {
        using var scope = NewDisposeScope();
        Tensor features = pixels.MaskFeatures;
        Tensor[] levels = [.. pixels.Levels.Select((level, i) => Project(pixels, level, i).Plus(_levelEmbed.weight![i]))];
        Tensor[] keys = [.. levels.Zip(pixels.Sizes, (level, size) => level.Plus(_positions.Get(size.Height, size.Width, features.device, features.dtype)))];
        Tensor queries = _queriesFeatures.weight!.unsqueeze(0).expand(features.shape[0], -1, -1);
        MaskedDecoderTrace trace = _decoder.Forward(
            new MaskedDecoderInput(queries, _queriesEmbedder.weight!, levels, keys, pixels.Sizes, features), outputs);
        trace.MoveToOuterDisposeScope();
        return trace;
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

    private Tensor Project(PixelDecoderOutput pixels, Tensor level, int index) =>
        _inputProjections is null ? level : _inputProjections[index].call(pixels.Map(index)).flatten(2).transpose(1, 2);
}
