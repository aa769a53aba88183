using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.TransformerDecoder;

/// <summary>
/// Masked attention (Mask2Former, section 3.2.1): each query looks at the pixels of one level, but only where the
/// layer before predicted its mask (<see cref="MaskPredictor"/> makes it). State as in torch's MultiheadAttention.
/// </summary>
internal sealed class MaskedCrossAttention : nn.Module
{
    [ComponentName(Name = "in_proj_weight")]
    private readonly Parameter _inputWeight;

    [ComponentName(Name = "in_proj_bias")]
    private readonly Parameter _inputBias;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _output;

    private readonly int _heads;
    private readonly double _dropout;
    private readonly Generator? _generator;

    public MaskedCrossAttention(Mask2FormerConfig config, Generator? generator)
        : base(nameof(MaskedCrossAttention))
    {
        int channels = config.HiddenDim;
        _heads = config.NumAttentionHeads;
        _dropout = config.Dropout;
        _generator = generator;
        _inputWeight = nn.Parameter(zeros(3 * channels, channels));
        _inputBias = nn.Parameter(zeros(3 * channels));
        _inputWeight.DetachFromDisposeScope();
        _inputBias.DetachFromDisposeScope();
        _output = nn.Linear(channels, channels);
        RegisterComponents();
    }

    /// <summary>The projections of queries, keys and values, one below the other, and their biases.</summary>
    public (Parameter Weight, Parameter Bias) Input => (_inputWeight, _inputBias);

    public Linear Output => _output;

    /// <param name="queries">(batch, queries, channels), with their position embeddings.</param>
    /// <param name="keys">(batch, pixels, channels), with their position embeddings.</param>
    /// <param name="values">(batch, pixels, channels).</param>
    /// <param name="allowed">Bool (batch, queries, pixels).</param>
    public Tensor Forward(Tensor queries, Tensor keys, Tensor values, Tensor allowed)
    {
        Tensor[] weights = _inputWeight.chunk(3), biases = _inputBias.chunk(3);
        Func<Tensor, Tensor>? dropout = training && _dropout > 0 ? x => SeededDropout.Apply(x, _dropout, training, _generator) : null;
        (Tensor output, _) = MultiHeadAttention.Compute(
            FlatLinear.Apply(queries, weights[0], biases[0]), TrainedLinear.Apply(keys, weights[1], biases[1]), TrainedLinear.Apply(values, weights[2], biases[2]),
            _heads, allowed, needWeights: false, dropout);
        return FlatLinear.Apply(output, _output);
    }
}
