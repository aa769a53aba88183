using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using MLNetVision.Models.Swin.Windows.Kernels;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Swin.Blocks;

/// <summary>One Swin block (section 3.2, equation 3): windowed attention, every second time shifted, then an MLP, both residual.</summary>
internal sealed class SwinBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layernorm_before")]
    private readonly LayerNorm _normBefore;

    [ComponentName(Name = "attention")]
    private readonly SwinAttention _attention;

    [ComponentName(Name = "layernorm_after")]
    private readonly LayerNorm _normAfter;

    [ComponentName(Name = "intermediate")]
    private readonly SwinDense _intermediate;

    [ComponentName(Name = "output")]
    private readonly SwinDense _output;

    private readonly int _window;
    private readonly bool _shifted;
    private readonly double _dropPath;
    private readonly double _dropout;
    private readonly string _activation;
    private readonly ShiftedWindowMasks _masks;
    private readonly Generator? _generator;

    public SwinBlock(SwinConfig config, int channels, int heads, bool shifted, double dropPath, ShiftedWindowMasks masks, Generator? generator)
        : base(nameof(SwinBlock))
    {
        _normBefore = nn.LayerNorm(channels, config.LayerNormEps);
        _attention = new SwinAttention(config, channels, heads, generator);
        _normAfter = nn.LayerNorm(channels, config.LayerNormEps);
        long hidden = (long)(config.MlpRatio * channels);
        _intermediate = new SwinDense(channels, hidden);
        _output = new SwinDense(hidden, channels);
        _window = config.WindowSize;
        _shifted = shifted && config.WindowSize > 1;
        _dropPath = dropPath;
        _dropout = config.HiddenDropoutProb;
        _activation = config.HiddenAct;
        _masks = masks;
        _generator = generator;
        RegisterComponents();
    }

    /// <summary>By how many pixels the windows are shifted.</summary>
    public int Shift => _shifted ? _window / 2 : 0;

    public SwinAttention Attention => _attention;

    public (LayerNorm Before, LayerNorm After) Norms => (_normBefore, _normAfter);

    /// <param name="map">(batch, height, width, channels).</param>
    public override Tensor forward(Tensor map)
    {
        using var scope = NewDisposeScope();

        Tensor attended = map.Plus(DropPath.Apply(NormedAttention(map.contiguous()), _dropPath, training, _generator));
        Tensor output = RecomputedMlp.Apply(attended, _intermediate.Dense, _activation, _output.Dense, _normAfter);
        Tensor mlp = SeededDropout.Apply(output, _dropout, training, _generator);
        return attended.Plus(DropPath.Apply(mlp, _dropPath, training, _generator)).MoveToOuterDisposeScope();
    }

    // Windows, projections and scores are many times the map and cheap: training keeps the map only.
    private Tensor NormedAttention(Tensor map)
    {
        SwinSelfAttention self = _attention.Self;
        Tensor?[] parameters = [_normBefore.weight, _normBefore.bias, .. _attention.Ordered];
        if (self.Drops || !SwinTrainedAttention.Supports(map, self.Heads, parameters))
        {
            return Recomputation.ApplyRandom(inputs => WindowAttention(_normBefore.Normalize(inputs[0])), _generator, map);
        }

        var settings = new SwinAttentionSettings(self.Heads, _window, Shift, _normBefore.eps, _masks.OfWindows, self.Positions);
        return SwinTrainedAttention.Apply(map, settings, [.. parameters.Select(parameter => parameter!)]);
    }

    private Tensor WindowAttention(Tensor map)
    {
        using var scope = NewDisposeScope();
        long height = map.shape[1], width = map.shape[2];
        long bottom = SwinPatchEmbeddings.Padding(height, _window), right = SwinPatchEmbeddings.Padding(width, _window);
        long shift = Shift;

        Tensor padded = bottom + right == 0 ? map : F.pad(map, [0, 0, 0, right, 0, bottom]);
        Tensor shifted = shift == 0 ? padded : padded.roll([-shift, -shift], [1, 2]);
        Tensor? mask = shift == 0 ? null : _masks.Get(height + bottom, width + right, map.device, map.dtype);

        Tensor windows = _attention.call(SwinWindows.Partition(shifted.contiguous(), _window), mask);
        Tensor merged = SwinWindows.Merge(windows, _window, height + bottom, width + right);
        Tensor unshifted = shift == 0 ? merged : merged.roll([shift, shift], [1, 2]);
        return (bottom + right == 0 ? unshifted : unshifted.narrow(1, 0, height).narrow(2, 0, width)).MoveToOuterDisposeScope();
    }
}
