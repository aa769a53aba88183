using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Swin.Config;

/// <summary>What a <see cref="SwinConfig"/> asks for, by the tensors that show it.</summary>
internal static class SwinSizeClaims
{
    public static IEnumerable<SizeClaim> Of(SwinConfig config)
    {
        const string patches = "embeddings.patch_embeddings.projection.weight";
        yield return new("embed_dim", config.EmbedDim, patches, 0);
        yield return new("num_channels", config.NumChannels, patches, 1);
        yield return new("patch_size", config.PatchSize, patches, 2);
        long side = config.ImageSize / config.PatchSize;
        yield return new("image_size", config.UseAbsoluteEmbeddings ? side * side : 0, "embeddings.position_embeddings", 1);
        for (int stage = 0; stage < config.Depths.Count; stage++)
        {
            string blocks = $"encoder.layers.{stage}.blocks.", attention = blocks + "0.attention.self.relative_position_bias_table";
            long window = 2L * config.WindowSize - 1;
            yield return new("depths", config.Depths[stage], blocks + "#.attention.self.query.weight");
            yield return new("window_size", window * window, attention, 0);
            yield return new("num_heads", config.NumHeads[stage], attention, 1);
            yield return new("mlp_ratio", (long)(config.MlpRatio * ((long)config.EmbedDim << stage)), blocks + "0.intermediate.dense.weight", 0);
        }
    }
}
