using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Mask2Former.Config;

/// <summary>What a <see cref="Mask2FormerConfig"/> asks for, by the tensors that show it.</summary>
internal static class Mask2FormerSizeClaims
{
    public static IEnumerable<SizeClaim> Of(Mask2FormerConfig config)
    {
        const string pixels = "pixel_level_module.decoder.", transformer = "transformer_module.";
        yield return new("encoder_layers", config.EncoderLayers, pixels + "encoder.layers.#.fc1.weight");
        yield return new("encoder_feedforward_dim", config.EncoderFeedforwardDim, pixels + "encoder.layers.0.fc1.weight", 0);
        yield return new("feature_size", config.FeatureSize, pixels + "level_embed", 1);
        yield return new("mask_feature_size", config.MaskFeatureSize, pixels + "mask_projection.weight", 0);
        yield return new("num_attention_heads", config.NumAttentionHeads * (2L * Mask2FormerConfig.FeatureLevels * Mask2FormerConfig.SamplingPoints), pixels + "encoder.layers.0.self_attn.sampling_offsets.weight", 0);
        yield return new("decoder_layers", config.DecoderLayers - 1, transformer + "decoder.layers.#.fc1.weight");
        yield return new("dim_feedforward", config.DimFeedforward, transformer + "decoder.layers.0.fc1.weight", 0);
        yield return new("hidden_dim", config.HiddenDim, transformer + "queries_embedder.weight", 1);
        yield return new("num_queries", config.NumQueries, transformer + "queries_embedder.weight", 0);
        yield return new("id2label", config.NumLabels + 1L, "class_predictor.weight", 0);
        foreach (SizeClaim claim in config.BackboneConfig.SizeClaims())
        {
            yield return claim with { Field = $"backbone_config.{claim.Field}", Key = $"encoder.{claim.Key}" };
        }
    }
}
