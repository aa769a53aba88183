using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Config;

/// <summary>The sizes of one stage's blocks.</summary>
/// <param name="Width">The channels of a token.</param>
/// <param name="Heads">The attention heads.</param>
/// <param name="KeyDim">The channels of a query or key of one head.</param>
/// <param name="ValueDim">The channels of a value of one head.</param>
/// <param name="MlpRatio">The MLP's hidden channels as a multiple of the width; 0 for no MLP.</param>
/// <param name="Depth">The number of attention blocks.</param>
/// <param name="Resolution">The tokens along one side.</param>
internal sealed record LevitStageShape(int Width, int Heads, int KeyDim, int ValueDim, int MlpRatio, int Depth, int Resolution)
{
    /// <summary>The channels of the attended values of all heads.</summary>
    public int AttendedWidth => Heads * ValueDim;

    /// <summary>The channels of all heads' queries, keys and values.</summary>
    public int QueriesKeysValuesWidth => Heads * (2 * KeyDim + ValueDim);

    /// <summary>The three stages of a valid config.</summary>
    public static IReadOnlyList<LevitStageShape> Of(LevitConfig config)
    {
        int resolution = LevitConfigRules.StemResolution(config);
        var stages = new List<LevitStageShape>();
        for (int stage = 0; stage < LevitConfig.StageCount; stage++)
        {
            stages.Add(new LevitStageShape(
                config.HiddenSizes[stage],
                config.NumAttentionHeads[stage],
                config.KeyDim[stage],
                config.AttentionRatio[stage] * config.KeyDim[stage],
                config.MlpRatio[stage],
                config.Depths[stage],
                resolution));
            resolution = (resolution - 1) / LevitConfig.SubsampleStride + 1;
        }

        return stages;
    }
}

/// <summary>The sizes of the subsampling attention between two stages.</summary>
/// <param name="InputWidth">The channels of an incoming token.</param>
/// <param name="OutputWidth">The channels of an outgoing token.</param>
/// <param name="Heads">The attention heads.</param>
/// <param name="KeyDim">The channels of a query or key of one head.</param>
/// <param name="ValueDim">The channels of a value of one head.</param>
/// <param name="Stride">Every which token asks, along each side.</param>
/// <param name="Resolution">The incoming tokens along one side.</param>
internal sealed record LevitSubsampleShape(int InputWidth, int OutputWidth, int Heads, int KeyDim, int ValueDim, int Stride, int Resolution)
{
    /// <summary>The channels of the attended values of all heads.</summary>
    public int AttendedWidth => Heads * ValueDim;

    /// <summary>The channels of all heads' keys and values.</summary>
    public int KeysValuesWidth => Heads * (KeyDim + ValueDim);

    /// <summary>The channels of all heads' queries.</summary>
    public int QueriesWidth => Heads * KeyDim;

    /// <summary>The subsampling after a stage of a valid config.</summary>
    public static LevitSubsampleShape After(LevitConfig config, int stage) => new(
        config.HiddenSizes[stage],
        config.HiddenSizes[stage + 1],
        config.SubsampleHeads(stage),
        config.KeyDim[0],
        LevitConfig.SubsampleAttentionRatio * config.KeyDim[0],
        LevitConfig.SubsampleStride,
        LevitStageShape.Of(config)[stage].Resolution);

    /// <summary>Every stride-th token in each direction: [N, tokens, channels] -> [N, queries, channels].</summary>
    public Tensor Subsample(Tensor input) =>
        input.view(input.shape[0], Resolution, Resolution, InputWidth)
            .slice(1, 0, Resolution, Stride)
            .slice(2, 0, Resolution, Stride)
            .reshape(input.shape[0], -1, InputWidth);
}
