namespace MLNetVision.Models.Levit.Config;

/// <summary>Counts the floating-point operations of a picture's forward pass: two per multiply-add of convolutions and products, nothing else.</summary>
internal static class LevitOperations
{
    public static double Count(LevitConfig config)
    {
        double multiplyAdds = 0;
        double side = config.ImageSize;
        int channels = config.NumChannels;
        foreach (int divisor in new[] { 8, 4, 2, 1 })
        {
            side = Math.Floor((side + 2 * config.Padding - config.KernelSize) / config.Stride) + 1;
            int width = config.HiddenSizes[0] / divisor;
            multiplyAdds += side * side * width * channels * config.KernelSize * config.KernelSize;
            channels = width;
        }

        IReadOnlyList<LevitStageShape> stages = LevitStageShape.Of(config);
        for (int i = 0; i < stages.Count; i++)
        {
            LevitStageShape stage = stages[i];
            double tokens = stage.Resolution * stage.Resolution;
            double attention = tokens * stage.Heads * ((double)stage.Width * (2 * stage.KeyDim + 2 * stage.ValueDim) + tokens * (stage.KeyDim + stage.ValueDim));
            multiplyAdds += stage.Depth * (attention + 2 * tokens * stage.Width * stage.Width * stage.MlpRatio);
            if (i + 1 < stages.Count)
            {
                LevitSubsampleShape down = LevitSubsampleShape.After(config, i);
                double queries = stages[i + 1].Resolution * stages[i + 1].Resolution;
                multiplyAdds += down.Heads * (tokens * down.InputWidth * (down.KeyDim + down.ValueDim) + queries * down.InputWidth * down.KeyDim
                    + queries * tokens * (down.KeyDim + down.ValueDim) + queries * down.ValueDim * down.OutputWidth);
                multiplyAdds += 2 * queries * down.OutputWidth * down.OutputWidth * LevitConfig.SubsampleMlpRatio;
            }
        }

        return 2 * (multiplyAdds + (double)config.HiddenSizes[^1] * config.NumLabels);
    }
}
