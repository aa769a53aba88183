using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Levit.Config;

/// <summary>What a <see cref="LevitConfig"/> asks for, by the tensors that show it.</summary>
internal static class LevitSizeClaims
{
    public static IEnumerable<SizeClaim> Of(LevitConfig config)
    {
        const string stem = "patch_embeddings.embedding_layer_1.convolution.weight";
        yield return new("num_channels", config.NumChannels, stem, 1);
        yield return new("kernel_size", config.KernelSize, stem, 2);
        yield return new("hidden_sizes", config.HiddenSizes[0] / 8, stem, 0);
        yield return new("id2label", config.NumLabels, "classifier.linear.weight", 0);
        yield return new("id2label", config.NumLabels, "classifier_distill.linear.weight", 0);
        IReadOnlyList<LevitStageShape> stages = LevitStageShape.Of(config);
        for (int stage = 0; stage < stages.Count; stage++)
        {
            LevitStageShape shape = stages[stage];
            string layers = $"encoder.stages.{stage}.layers.";

            // Without MLPs a layer is an attention; with them every other one.
            int layersPerBlock = shape.MlpRatio > 0 ? 2 : 1;
            yield return new("depths", ((long)shape.Depth - 1) * layersPerBlock + 1, layers + "#.module.queries_keys_values.linear.weight");
            string attention = layers + "0.module.";
            yield return new("num_attention_heads", shape.Heads, attention + "attention_biases", 0);
            yield return new("image_size", (long)shape.Resolution * shape.Resolution, attention + "attention_biases", 1);
            yield return new("hidden_sizes", shape.Width, attention + "queries_keys_values.linear.weight", 1);
            yield return new("key_dim", shape.Heads * (2L * shape.KeyDim + shape.ValueDim), attention + "queries_keys_values.linear.weight", 0);
            yield return new("attention_ratio", (long)shape.Heads * shape.ValueDim, attention + "projection.linear.weight", 1);
            yield return new("mlp_ratio", (long)shape.MlpRatio * shape.Width, layers + "1.module.linear_up.linear.weight", 0);
        }
    }
}
