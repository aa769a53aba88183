using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Swin.Config;
using MLNetVision.Models.Swin.Windows;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Swin.Blocks;

/// <summary>The blocks of one resolution and, but for the last stage, the merging that leads to the next.</summary>
internal sealed class SwinStage : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<SwinBlock> _blocks;

    [ComponentName(Name = "downsample")]
    private readonly SwinPatchMerging? _downsample;

    private readonly Generator? _generator;

    public SwinStage(SwinConfig config, int index, ReadOnlySpan<double> dropPaths, ShiftedWindowMasks masks, Generator? generator)
        : base(nameof(SwinStage))
    {
        int channels = config.EmbedDim << index;
        var blocks = new SwinBlock[config.Depths[index]];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new SwinBlock(config, channels, config.NumHeads[index], shifted: i % 2 == 1, dropPaths[i], masks, generator);
        }

        _generator = generator;
        _blocks = nn.ModuleList(blocks);
        _downsample = index < config.Depths.Count - 1 ? new SwinPatchMerging(channels) : null;
        RegisterComponents();
    }

    public IReadOnlyList<SwinBlock> Blocks => [.. _blocks];

    /// <summary>Whether training keeps each block's input only and computes the block once more for its gradients.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Null in the last stage.</summary>
    public SwinPatchMerging? Downsample => _downsample;

    /// <summary>Runs the blocks; the merging is called apart, because the map before it is an output.</summary>
    /// <param name="map">(batch, height, width, channels).</param>
    public override Tensor forward(Tensor map)
    {
        foreach (SwinBlock block in _blocks)
        {
            map = GradientCheckpointing ? Recomputation.Checkpoint(input => block.call(input[0]), _generator, map) : block.call(map);
        }

        return map;
    }
}

/// <summary>Halves the resolution and doubles the channels: each 2 × 2 neighbourhood becomes one patch (Swin, section 3.1).</summary>
internal sealed class SwinPatchMerging : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "reduction")]
    private readonly Linear _reduction;

    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;

    public SwinPatchMerging(int channels)
        : base(nameof(SwinPatchMerging))
    {
        _reduction = nn.Linear(4L * channels, 2L * channels, hasBias: false);
        _norm = nn.LayerNorm(4L * channels);
        RegisterComponents();
    }

    /// <param name="map">(batch, height, width, channels); odd sides are padded with zeros.</param>
    /// <returns>(batch, height / 2, width / 2, 2 * channels), rounded up.</returns>
    public override Tensor forward(Tensor map)
    {
        using var scope = NewDisposeScope();
        long height = map.shape[1], width = map.shape[2];
        Tensor padded = height % 2 + width % 2 == 0 ? map : F.pad(map, [0, 0, 0, width % 2, 0, height % 2]);

        // Corners in the order top left, bottom left, top right, bottom right.
        Tensor corners = padded.view(map.shape[0], (height + 1) / 2, 2, (width + 1) / 2, 2, map.shape[3])
            .permute(0, 1, 3, 4, 2, 5)
            .reshape(map.shape[0], (height + 1) / 2, (width + 1) / 2, 4 * map.shape[3]);
        return TrainedLinear.Apply(_norm.Normalize(corners), _reduction).MoveToOuterDisposeScope();
    }
}
