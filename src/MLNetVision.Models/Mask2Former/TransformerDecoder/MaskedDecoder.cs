using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>What the masked decoder is given.</summary>
/// <param name="Queries">(batch, queries, channels).</param>
/// <param name="QueryPositions">(queries, channels).</param>
/// <param name="Levels">The three levels, (batch, pixels, channels).</param>
/// <param name="LevelKeys">The same with their position embeddings.</param>
/// <param name="Sizes">Their sizes.</param>
/// <param name="MaskFeatures">(batch, mask_feature_size, height, width).</param>
internal sealed record MaskedDecoderInput(
    Tensor Queries, Tensor QueryPositions, IReadOnlyList<Tensor> Levels, IReadOnlyList<Tensor> LevelKeys, IReadOnlyList<MapSize> Sizes, Tensor MaskFeatures);

/// <summary>What the masked decoder has computed, batch first; lists that were not asked for are empty.</summary>
internal sealed class MaskedDecoderTrace
{
    /// <summary>The queries before the first and after every layer.</summary>
    public List<Tensor> HiddenStates { get; } = [];

    /// <summary>The same after the norm; at least the last one.</summary>
    public List<Tensor> NormedStates { get; } = [];

    public List<Tensor> MaskEmbeddings { get; } = [];

    public List<Tensor> Masks { get; } = [];

    public List<Tensor> Attentions { get; } = [];

    public List<Tensor> AttentionMasks { get; } = [];

    public void MoveToOuterDisposeScope()
    {
        foreach (List<Tensor> list in new[] { HiddenStates, NormedStates, MaskEmbeddings, Masks, Attentions, AttentionMasks })
        {
            list.ForEach(tensor => tensor.MoveToOuterDisposeScope());
        }
    }
}

/// <summary>
/// The transformer decoder with masked attention (Mask2Former, section 3.2): after each layer every query predicts a
/// mask, which says where it may look in the next layer; the layers take the levels in turn.
/// </summary>
/// <remarks>Hugging Face skips layers at random when dropout is on, which the authors' code does not; here none is skipped.</remarks>
internal sealed class MaskedDecoder : nn.Module
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<MaskedDecoderLayer> _layers;

    [ComponentName(Name = "layernorm")]
    private readonly LayerNorm _norm;

    [ComponentName(Name = "mask_predictor")]
    private readonly MaskPredictor _maskPredictor;

    private readonly Generator? _generator;

    public MaskedDecoder(Mask2FormerConfig config, Generator? generator)
        : base(nameof(MaskedDecoder))
    {
        _generator = generator;
        _layers = nn.ModuleList([.. Enumerable.Range(1, config.DecoderLayers - 1).Select(_ => new MaskedDecoderLayer(config, generator))]);
        _norm = nn.LayerNorm(config.HiddenDim);
        _maskPredictor = new MaskPredictor(config);
        RegisterComponents();
        Layers = [.. _layers];
    }

    public IReadOnlyList<MaskedDecoderLayer> Layers { get; }

    /// <summary>Whether training keeps each layer's inputs only and computes the layer once more for its gradients.</summary>
    public bool GradientCheckpointing { get; set; }

    public MaskPredictor MaskPredictor => _maskPredictor;

    public MaskedDecoderTrace Forward(MaskedDecoderInput input, Mask2FormerOutputs outputs)
    {
        using var scope = NewDisposeScope();
        var trace = new MaskedDecoderTrace();
        Tensor[] resized = ResizedMaskFeatures(input);
        Tensor queries = input.Queries;
        for (int i = 0; ; i++)
        {
            bool last = i == Layers.Count;
            Tensor normed = _norm.Normalize(queries);
            Keep(trace, outputs, last, queries, normed);
            Tensor? embeddings = NeedsEmbeddings(outputs, last) ? _maskPredictor.call(normed) : null;
            KeepPrediction(trace, outputs, last, embeddings, input.MaskFeatures);
            if (last)
            {
                trace.MoveToOuterDisposeScope();
                return trace;
            }

            int level = i % input.Levels.Count;
            Tensor blocked = MaskPredictor.Blocked(embeddings!.detach(), resized[level]);
            if (outputs.HasFlag(Mask2FormerOutputs.AttentionMasks))
            {
                trace.AttentionMasks.Add(blocked);
            }

            Tensor[] inputs = [queries, input.QueryPositions, input.Levels[level], input.LevelKeys[level], MaskPredictor.Allowed(blocked)];
            queries = Run(Layers[i], inputs, outputs, trace);
        }
    }

    private Tensor Run(MaskedDecoderLayer layer, Tensor[] inputs, Mask2FormerOutputs outputs, MaskedDecoderTrace trace)
    {
        bool needWeights = outputs.HasFlag(Mask2FormerOutputs.Attentions);
        if (GradientCheckpointing && !needWeights)
        {
            return Recomputation.Checkpoint(kept => layer.Forward(kept[0], kept[1], kept[2], kept[3], kept[4], needWeights: false).Queries, _generator, inputs);
        }

        (Tensor queries, Tensor? weights) = layer.Forward(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], needWeights);
        if (weights is not null)
        {
            trace.Attentions.Add(weights);
        }

        return queries;
    }

    private Tensor[] ResizedMaskFeatures(MaskedDecoderInput input)
    {
        int levels = Math.Min(Layers.Count, input.Levels.Count);
        return [.. input.Sizes.Take(levels).Select(size => MaskPredictor.Resize(input.MaskFeatures, size))];
    }

    private static bool NeedsEmbeddings(Mask2FormerOutputs outputs, bool last) =>
        !last || (outputs & (Mask2FormerOutputs.Masks | Mask2FormerOutputs.MaskEmbeddings)) != 0;

    private static void Keep(MaskedDecoderTrace trace, Mask2FormerOutputs outputs, bool last, Tensor queries, Tensor normed)
    {
        const Mask2FormerOutputs AllNormed = Mask2FormerOutputs.IntermediateStates | Mask2FormerOutputs.AuxiliaryLogits | Mask2FormerOutputs.MaskEmbeddings;
        if (outputs.HasFlag(Mask2FormerOutputs.HiddenStates) || (last && outputs.HasFlag(Mask2FormerOutputs.LastHiddenStates)))
        {
            trace.HiddenStates.Add(queries);
        }

        if (last || (outputs & AllNormed) != 0)
        {
            trace.NormedStates.Add(normed);
        }
    }

    private static void KeepPrediction(MaskedDecoderTrace trace, Mask2FormerOutputs outputs, bool last, Tensor? embeddings, Tensor maskFeatures)
    {
        if (outputs.HasFlag(Mask2FormerOutputs.MaskEmbeddings))
        {
            trace.MaskEmbeddings.Add(embeddings!);
        }

        if (outputs.HasFlag(last ? Mask2FormerOutputs.Masks : Mask2FormerOutputs.AuxiliaryLogits))
        {
            trace.Masks.Add(MaskPredictor.Masks(embeddings!, maskFeatures));
        }
    }
}
