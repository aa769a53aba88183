namespace MLNetVision.Models.Levit.Config;

/// <summary>The conditions under which a <see cref="LevitConfig"/> describes a model.</summary>
internal static class LevitConfigRules
{
    // Many times what any LeViT has. The weights say more; these keep a config without any from taking the memory.
    private const int LargestSide = 1 << 16, LargestWidth = 1 << 16, LargestCount = 1 << 10;

    /// <summary>Makes the error for a field, its problem and what is expected instead.</summary>
    public delegate Exception ErrorFactory(string field, string problem, string expected);

    public static void Check(LevitConfig config, ErrorFactory error)
    {
        CheckPositive("image_size", config.ImageSize, error, LargestSide);
        CheckPositive("num_channels", config.NumChannels, error, LargestWidth);
        CheckPositive("kernel_size", config.KernelSize, error, LargestCount);
        CheckPositive("stride", config.Stride, error, LargestSide);
        CheckPositive("patch_size", config.PatchSize, error, LargestSide);
        CheckRange("padding", config.Padding, 0, LargestSide, error);
        CheckStages("hidden_sizes", config.HiddenSizes, 8, LargestWidth, error); // the stem starts with an eighth
        CheckStages("num_attention_heads", config.NumAttentionHeads, 1, LargestCount, error);
        CheckStages("depths", config.Depths, 0, LargestCount, error);
        CheckStages("key_dim", config.KeyDim, 1, LargestCount, error);
        CheckStages("mlp_ratio", config.MlpRatio, 0, LargestCount, error);
        CheckStages("attention_ratio", config.AttentionRatio, 1, LargestCount, error);
        for (int stage = 0; stage < LevitConfig.StageCount - 1; stage++)
        {
            if (config.SubsampleHeads(stage) < 1)
            {
                throw error("key_dim", $"starts with {config.KeyDim[0]}, which leaves the subsampling layer after stage {stage} without a head", $"at most {config.HiddenSizes[stage]}");
            }
        }

        if (config.DropPathRate is not (>= 0 and < 1))
        {
            throw error("drop_path_rate", $"is {config.DropPathRate}", "0 or more and less than 1");
        }

        if (config.InitializerRange is not (>= 0 and < double.PositiveInfinity))
        {
            throw error("initializer_range", $"is {config.InitializerRange}", "0 or more");
        }

        CheckResolution(config, error);
    }

    /// <summary>The tokens along one side that the stem makes of an image side; 0 or less when the image is too small.</summary>
    public static int StemResolution(LevitConfig config)
    {
        int side = config.ImageSize;
        for (int convolution = 0; convolution < 4 && side > 0; convolution++)
        {
            int span = side + 2 * config.Padding - config.KernelSize;
            side = span < 0 ? 0 : span / config.Stride + 1;
        }

        return side;
    }

    private static void CheckResolution(LevitConfig config, ErrorFactory error)
    {
        int stem = StemResolution(config);
        int expected = config.ImageSize / config.PatchSize;
        if (stem < 1 || stem != expected)
        {
            throw error(
                "image_size",
                $"of {config.ImageSize} does not fit the stem: four convolutions (kernel {config.KernelSize}, stride {config.Stride}, padding {config.Padding}) make {stem}×{stem} tokens, but a patch_size of {config.PatchSize} asks for {expected}×{expected}",
                $"a multiple of {config.PatchSize}");
        }
    }

    private static void CheckStages(string field, IReadOnlyList<int> values, int minimum, int maximum, ErrorFactory error)
    {
        if (values.Count != LevitConfig.StageCount)
        {
            throw error(field, $"has {values.Count} entries", $"{LevitConfig.StageCount}, one per stage");
        }

        foreach (int value in values)
        {
            CheckRange(field, value, minimum, maximum, error);
        }
    }

    private static void CheckPositive(string field, int value, ErrorFactory error, int maximum) => CheckRange(field, value, 1, maximum, error);

    private static void CheckRange(string field, int value, int minimum, int maximum, ErrorFactory error)
    {
        if (value < minimum || value > maximum)
        {
            throw error(field, $"holds {value}", value < minimum ? $"{minimum} or more" : $"{maximum} at most");
        }
    }
}
