using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using MLNetVision.Models.Swin.Windows.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin.Blocks;

/// <summary>Attention inside windows, with its output projection.</summary>
internal sealed class SwinAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "self")]
    private readonly SwinSelfAttention _self;

    [ComponentName(Name = "output")]
    private readonly SwinDense _output;

    public SwinAttention(SwinConfig config, int channels, int heads, Generator? generator)
        : base(nameof(SwinAttention))
    {
        _self = new SwinSelfAttention(config, channels, heads, generator);
        _output = new SwinDense(channels, channels);
        RegisterComponents();
    }

    public SwinSelfAttention Self => _self;

    public Linear Output => _output.Dense;

    /// <summary>The parameters behind the norm's in the order of <see cref="SwinAttentionWeights"/>; null where there is none.</summary>
    public Tensor?[] Ordered => [
        _self.RelativePositionBiasTable, _self.Projections.Query.weight, _self.Projections.Query.bias, _self.Projections.Key.weight,
        _self.Projections.Key.bias, _self.Projections.Value.weight, _self.Projections.Value.bias, Output.weight, Output.bias];

    public override Tensor forward(Tensor windows, Tensor? mask) => _output.call(_self.call(windows, mask));
}

/// <summary>Multi-head attention among the patches of a window, with a learned bias per relative position (Swin, equation 4).</summary>
internal sealed class SwinSelfAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "relative_position_bias_table")]
    private readonly Parameter _relativePositionBiasTable;

    [ComponentName(Name = "relative_position_index")]
    private readonly Tensor _relativePositionIndex;

    [ComponentName(Name = "query")]
    private readonly Linear _query;

    [ComponentName(Name = "key")]
    private readonly Linear _key;

    [ComponentName(Name = "value")]
    private readonly Linear _value;

    private readonly int _heads;
    private readonly double _dropout;
    private readonly Generator? _generator;

    public SwinSelfAttention(SwinConfig config, int channels, int heads, Generator? generator)
        : base(nameof(SwinSelfAttention))
    {
        _heads = heads;
        _dropout = config.AttentionProbsDropoutProb;
        _generator = generator;
        long offsets = 2L * config.WindowSize - 1, patches = (long)config.WindowSize * config.WindowSize;
        _relativePositionBiasTable = nn.Parameter(zeros(offsets * offsets, heads));
        _relativePositionBiasTable.DetachFromDisposeScope();
        _relativePositionIndex = tensor(RelativePositions.Index(config.WindowSize), [patches, patches]).DetachFromDisposeScope();
        _query = nn.Linear(channels, channels, hasBias: config.QkvBias);
        _key = nn.Linear(channels, channels, hasBias: config.QkvBias);
        _value = nn.Linear(channels, channels, hasBias: config.QkvBias);
        RegisterComponents();
    }

    public Parameter RelativePositionBiasTable => _relativePositionBiasTable;

    public int Heads => _heads;

    /// <summary>For each pair of patches its row of the bias table.</summary>
    public long[] Positions => [.. _relativePositionIndex.data<long>()];

    /// <summary>Whether weights are dropped now.</summary>
    public bool Drops => training && _dropout > 0;

    public (Linear Query, Linear Key, Linear Value) Projections => (_query, _key, _value);

    /// <param name="windows">(batch * windows, patches, channels).</param>
    /// <param name="mask">(windows, patches, patches), added to the scores, or null.</param>
    public override Tensor forward(Tensor windows, Tensor? mask)
    {
        long count = windows.shape[0], patches = windows.shape[1], channels = windows.shape[2];
        Tensor query = SplitHeads(TrainedLinear.Apply(windows, _query));
        Tensor key = SplitHeads(TrainedLinear.Apply(windows, _key));
        Tensor value = SplitHeads(TrainedLinear.Apply(windows, _value));

        return Attend(query, key, value, RelativePositionBias(), mask).reshape(count, patches, channels);
    }

    // (count, patches, heads, channels of a head) from (count, heads, patches, channels of a head) each.
    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor bias, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        long count = query.shape[0], patches = query.shape[2];

        // (count, heads, patches, patches); a bias in float32 makes scores and weights of a bfloat16 network exact.
        Tensor scores = query.Over(Math.Sqrt(query.shape[3])).matmul(key.transpose(-1, -2)).to(bias.dtype).Add(bias);
        if (mask is not null)
        {
            long windowsPerImage = mask.shape[0];
            scores = scores.view(-1, windowsPerImage, _heads, patches, patches).Plus(mask.unsqueeze(1)).view(count, _heads, patches, patches);
        }

        Tensor attention = SeededDropout.Apply(scores.softmax(-1), _dropout, training, _generator);
        return attention.to(value.dtype).matmul(value).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The bias of each pair of patches, (heads, patches, patches).</summary>
    private Tensor RelativePositionBias()
    {
        long patches = _relativePositionIndex.shape[0];
        return _relativePositionBiasTable.index_select(0, _relativePositionIndex.view(-1)).view(patches, patches, _heads).permute(2, 0, 1);
    }

    private Tensor SplitHeads(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);
}

/// <summary>A linear layer under the key "dense".</summary>
internal sealed class SwinDense : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "dense")]
    private readonly Linear _dense;

    public SwinDense(long inputs, long outputs)
        : base(nameof(SwinDense))
    {
        _dense = nn.Linear(inputs, outputs);
        RegisterComponents();
    }

    public Linear Dense => _dense;

    public override Tensor forward(Tensor x) => TrainedLinear.Apply(x, _dense);
}
