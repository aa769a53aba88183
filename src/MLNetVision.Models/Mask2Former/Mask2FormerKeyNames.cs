using MLNetVision.Models.Common.Checkpoints.Naming;

namespace MLNetVision.Models.Mask2Former;

/// <summary>The names of Mask2Former's tensors in the original repository's checkpoints (.pkl of its model zoo, .pth of its trainer).</summary>
internal static class Mask2FormerKeyNames
{
    private const string Backbone = "model.pixel_level_module.encoder.";
    private const string SwinBlock = Backbone + "encoder.layers.$1.blocks.$2.";
    private const string PixelDecoder = "model.pixel_level_module.decoder.";
    private const string Decoder = "model.transformer_module.decoder.";

    public static ModelKeys All { get; } = new(
        [
            "model.pixel_level_module.", "model.transformer_module.", "pixel_level_module.encoder.", "pixel_level_module.decoder.", "transformer_module.queries_", "transformer_module.level_embed.", "transformer_module.input_projections.", "transformer_module.decoder.", "class_predictor.", "criterion.empty_weight",
        ],
        [
            // Weights of before version 2 have the pixel decoder in the head itself and call the query features otherwise.
            new KeyTable("facebookresearch/Mask2Former", "sem_seg_head.predictor.class_embed.weight", Rules(), _ => UpdateVersion),
        ]);

    private static KeyRule[] Rules() =>
    [
        new("backbone.patch_embed.proj.*", Backbone + "embeddings.patch_embeddings.projection.$1"),
        new("backbone.patch_embed.norm.*", Backbone + "embeddings.norm.$1"),
        new("backbone.layers.#.blocks.#.norm1.*", SwinBlock + "layernorm_before.$3"),
        new("backbone.layers.#.blocks.#.norm2.*", SwinBlock + "layernorm_after.$3"),
        new("backbone.layers.#.blocks.#.attn.relative_position_bias_table", SwinBlock + "attention.self.relative_position_bias_table"),
        new("backbone.layers.#.blocks.#.attn.relative_position_index", SwinBlock + "attention.self.relative_position_index"),
        new("backbone.layers.#.blocks.#.attn.qkv.*", SwinBlock + "attention.self.query.$3", TensorChange.Queries),
        new("backbone.layers.#.blocks.#.attn.qkv.*", SwinBlock + "attention.self.key.$3", TensorChange.Keys),
        new("backbone.layers.#.blocks.#.attn.qkv.*", SwinBlock + "attention.self.value.$3", TensorChange.Values),
        new("backbone.layers.#.blocks.#.attn.proj.*", SwinBlock + "attention.output.dense.$3"),
        new("backbone.layers.#.blocks.#.mlp.fc1.*", SwinBlock + "intermediate.dense.$3"),
        new("backbone.layers.#.blocks.#.mlp.fc2.*", SwinBlock + "output.dense.$3"),
        new("backbone.layers.#.downsample.*", Backbone + "encoder.layers.$1.downsample.$2"),
        new("backbone.norm0.*", Backbone + "hidden_states_norms.stage1.$1"),
        new("backbone.norm1.*", Backbone + "hidden_states_norms.stage2.$1"),
        new("backbone.norm2.*", Backbone + "hidden_states_norms.stage3.$1"),
        new("backbone.norm3.*", Backbone + "hidden_states_norms.stage4.$1"),

        new("sem_seg_head.pixel_decoder.adapter_#.weight", PixelDecoder + "adapter_$1.0.weight"),
        new("sem_seg_head.pixel_decoder.adapter_#.norm.*", PixelDecoder + "adapter_$1.1.$2"),
        new("sem_seg_head.pixel_decoder.layer_#.weight", PixelDecoder + "layer_$1.0.weight"),
        new("sem_seg_head.pixel_decoder.layer_#.norm.*", PixelDecoder + "layer_$1.1.$2"),
        new("sem_seg_head.pixel_decoder.input_proj.*", PixelDecoder + "input_projections.$1"),
        new("sem_seg_head.pixel_decoder.mask_features.*", PixelDecoder + "mask_projection.$1"),
        new("sem_seg_head.pixel_decoder.transformer.level_embed", PixelDecoder + "level_embed"),
        new("sem_seg_head.pixel_decoder.transformer.encoder.layers.#.self_attn.*", PixelDecoder + "encoder.layers.$1.self_attn.$2"),
        new("sem_seg_head.pixel_decoder.transformer.encoder.layers.#.norm1.*", PixelDecoder + "encoder.layers.$1.self_attn_layer_norm.$2"),
        new("sem_seg_head.pixel_decoder.transformer.encoder.layers.#.norm2.*", PixelDecoder + "encoder.layers.$1.final_layer_norm.$2"),
        new("sem_seg_head.pixel_decoder.transformer.encoder.layers.#.linear1.*", PixelDecoder + "encoder.layers.$1.fc1.$2"),
        new("sem_seg_head.pixel_decoder.transformer.encoder.layers.#.linear2.*", PixelDecoder + "encoder.layers.$1.fc2.$2"),

        .. JointProjection("in_proj_weight", "weight"),
        .. JointProjection("in_proj_bias", "bias"),
        new("sem_seg_head.predictor.transformer_self_attention_layers.#.self_attn.out_proj.*", Decoder + "layers.$1.self_attn.out_proj.$2"),
        new("sem_seg_head.predictor.transformer_self_attention_layers.#.norm.*", Decoder + "layers.$1.self_attn_layer_norm.$2"),
        new("sem_seg_head.predictor.transformer_cross_attention_layers.#.multihead_attn.*", Decoder + "layers.$1.cross_attn.$2"),
        new("sem_seg_head.predictor.transformer_cross_attention_layers.#.norm.*", Decoder + "layers.$1.cross_attn_layer_norm.$2"),
        new("sem_seg_head.predictor.transformer_ffn_layers.#.linear1.*", Decoder + "layers.$1.fc1.$2"),
        new("sem_seg_head.predictor.transformer_ffn_layers.#.linear2.*", Decoder + "layers.$1.fc2.$2"),
        new("sem_seg_head.predictor.transformer_ffn_layers.#.norm.*", Decoder + "layers.$1.final_layer_norm.$2"),
        new("sem_seg_head.predictor.decoder_norm.*", Decoder + "layernorm.$1"),
        new("sem_seg_head.predictor.mask_embed.layers.#.*", Decoder + "mask_predictor.mask_embedder.$1.0.$2"),
        new("sem_seg_head.predictor.query_embed.weight", "model.transformer_module.queries_embedder.weight"),
        new("sem_seg_head.predictor.query_feat.weight", "model.transformer_module.queries_features.weight"),
        new("sem_seg_head.predictor.level_embed.weight", "model.transformer_module.level_embed.weight"),
        new("sem_seg_head.predictor.input_proj.*", "model.transformer_module.input_projections.$1"),
        new("sem_seg_head.predictor.class_embed.*", "class_predictor.$1"),
    ];

    private static KeyRule[] JointProjection(string stored, string kind) =>
    [
        new($"sem_seg_head.predictor.transformer_self_attention_layers.#.self_attn.{stored}", $"{Decoder}layers.$1.self_attn.q_proj.{kind}", TensorChange.Queries),
        new($"sem_seg_head.predictor.transformer_self_attention_layers.#.self_attn.{stored}", $"{Decoder}layers.$1.self_attn.k_proj.{kind}", TensorChange.Keys),
        new($"sem_seg_head.predictor.transformer_self_attention_layers.#.self_attn.{stored}", $"{Decoder}layers.$1.self_attn.v_proj.{kind}", TensorChange.Values),
    ];

    private static string UpdateVersion(string key)
    {
        const string Head = "sem_seg_head.";
        bool inHead = key.StartsWith(Head, StringComparison.Ordinal)
            && !key.StartsWith(Head + "predictor.", StringComparison.Ordinal) && !key.StartsWith(Head + "pixel_decoder.", StringComparison.Ordinal);
        return (inHead ? $"{Head}pixel_decoder.{key[Head.Length..]}" : key).Replace("static_query", "query_feat", StringComparison.Ordinal);
    }
}
