using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Pixels;
using MLNetVision.Models.Mask2Former.TransformerDecoder;
using MLNetVision.Models.Swin;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>
/// Mask2Former without its class head: backbone, pixel decoder, masked decoder. Equal to Hugging Face's
/// Mask2FormerModel, and with its checkpoint keys.
/// </summary>
public sealed partial class Mask2FormerModel : nn.Module<Tensor, Mask2FormerOutputs, Mask2FormerModelOutput>
{
    [ComponentName(Name = "pixel_level_module")]
    private readonly PixelLevelModule _pixelLevelModule;

    [ComponentName(Name = "transformer_module")]
    private readonly TransformerModule _transformerModule;

    private readonly Generator _layerGenerator;

    /// <summary>Builds the model with fresh weights.</summary>
    /// <param name="config">The settings; they are validated.</param>
    /// <param name="initialization">How the fresh weights are drawn.</param>
    /// <param name="generator">
    /// The source of the fresh weights, on the CPU; null for torch's own. Drop path and dropout have a generator of the model's
    /// own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public Mask2FormerModel(Mask2FormerConfig config, WeightInitialization initialization = WeightInitialization.Original, Generator? generator = null)
        : base(nameof(Mask2FormerModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        Config = config;
        _layerGenerator = Common.Layers.LayerGenerator.Create(generator);
        _pixelLevelModule = new PixelLevelModule(config, initialization, generator, _layerGenerator);
        _transformerModule = new TransformerModule(config, _layerGenerator);
        RegisterComponents();
        Mask2FormerInitialization.Apply(this, initialization, generator);
    }

    /// <summary>The settings that the model was built with.</summary>
    public Mask2FormerConfig Config { get; }

    /// <summary>The backbone, whose parameters are usually trained with a smaller learning rate.</summary>
    public SwinBackbone Backbone => _pixelLevelModule.Encoder;

    /// <summary>The source of drop path and dropout.</summary>
    internal Generator LayerGenerator => _layerGenerator;

    internal PixelDecoder PixelDecoder => _pixelLevelModule.Decoder;

    internal TransformerModule Transformer => _transformerModule;

    /// <summary>Runs the model.</summary>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised; any size. Hugging Face's pixel_mask has no effect there and no parameter here.</param>
    /// <param name="outputs">What to return. <see cref="Mask2FormerOutputs.None"/> returns the last intermediate state.</param>
    /// <exception cref="ArgumentException">The input has another rank or channel count.</exception>
    public override Mask2FormerModelOutput forward(Tensor pixelValues, Mask2FormerOutputs outputs)
    {
        using var scope = new ForwardScope(this, pixelValues);
        IReadOnlyList<Tensor> features = Backbone.call(pixelValues);
        PixelDecoderOutput pixels = PixelDecoder.Forward(features);
        Tensor[] keptFeatures = outputs.HasFlag(Mask2FormerOutputs.HiddenStates) ? [.. features]
            : outputs.HasFlag(Mask2FormerOutputs.LastHiddenStates) ? [features[^1]] : [];
        foreach (Tensor feature in features.Except(keptFeatures))
        {
            feature.Dispose();
        }

        MaskedDecoderTrace trace = _transformerModule.Forward(pixels, outputs);
        Mask2FormerModelOutput output = Collect(outputs, keptFeatures, pixels, trace);
        output.MoveToOuterDisposeScope();
        return output;
    }

    /// <inheritdoc/>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _layerGenerator.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Mask2FormerModelOutput Collect(Mask2FormerOutputs outputs, Tensor[] features, PixelDecoderOutput pixels, MaskedDecoderTrace trace)
    {
        bool last = outputs.HasFlag(Mask2FormerOutputs.LastHiddenStates), all = outputs.HasFlag(Mask2FormerOutputs.HiddenStates);
        bool maskFeatures = last || outputs.HasFlag(Mask2FormerOutputs.MaskEmbeddings);
        return new Mask2FormerModelOutput
        {
            EncoderLastHiddenState = last ? features[^1] : null,
            EncoderHiddenStates = all ? features : null,
            PixelDecoderLastHiddenState = maskFeatures ? pixels.MaskFeatures : null,
            PixelDecoderHiddenStates = all ? [.. pixels.Levels.Select((_, level) => pixels.Map(level))] : null,
            TransformerDecoderLastHiddenState = last ? trace.HiddenStates[^1] : null,
            TransformerDecoderHiddenStates = all ? QueriesFirst(trace.HiddenStates) : null,
            TransformerDecoderIntermediateStates = QueriesFirst(trace.NormedStates),
            MasksQueriesLogits = NullIfEmpty(trace.Masks),
            Attentions = NullIfEmpty(trace.Attentions),
            AttentionMasks = NullIfEmpty(trace.AttentionMasks),
            MaskEmbeddings = NullIfEmpty(trace.MaskEmbeddings),
        };
    }

    private static Tensor[] QueriesFirst(List<Tensor> states) => [.. states.Select(state => state.transpose(0, 1))];

    private static List<Tensor>? NullIfEmpty(List<Tensor> tensors) => tensors.Count == 0 ? null : tensors;
}
