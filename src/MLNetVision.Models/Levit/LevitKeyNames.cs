using System.Globalization;
using MLNetVision.Models.Common.Checkpoints.Naming;

namespace MLNetVision.Models.Levit;

/// <summary>The names of LeViT's tensors in the checkpoints of the original repository and of timm.</summary>
/// <remarks>
/// timm before 0.9 has the original's names. Both number the attention biases as Hugging Face does. Their 1×1
/// convolution form (timm's levit_conv_*) has the weights of the linear form in other shapes.
/// </remarks>
internal static class LevitKeyNames
{
    private const string Block = "levit.encoder.stages.$1.layers.$2.";

    public static ModelKeys All { get; } = new(
        [
            "levit.patch_embeddings.", "levit.encoder.stages.", "patch_embeddings.embedding_layer_", "encoder.stages.", "classifier.batch_norm.", "classifier.linear.", "classifier_distill.batch_norm.", "classifier_distill.linear.",
        ],
        [
            new KeyTable(
                "facebookresearch/LeViT",
                "patch_embed.0.c.weight",
                [
                    .. Stem("patch_embed.0", "c", 1), .. Stem("patch_embed.2", "c", 2), .. Stem("patch_embed.4", "c", 3), .. Stem("patch_embed.6", "c", 4),
                    .. Linear("blocks.#.#.m.qkv", "c", Block + "module.queries_keys_values"),
                    .. Linear("blocks.#.#.m.proj.1", "c", Block + "module.projection"),
                    new("blocks.#.#.m.attention_biases", Block + "module.attention_biases"),
                    new("blocks.#.#.m.attention_bias_idxs", Block + "module.attention_bias_idxs"),
                    .. Linear("blocks.#.#.m.0", "c", Block + "module.linear_up"),
                    .. Linear("blocks.#.#.m.2", "c", Block + "module.linear_down"),
                    .. Linear("blocks.#.#.kv", "c", Block + "keys_values"),
                    .. Linear("blocks.#.#.q.1", "c", Block + "queries"),
                    .. Linear("blocks.#.#.proj.1", "c", Block + "projection"),
                    new("blocks.#.#.attention_biases", Block + "attention_biases"),
                    new("blocks.#.#.attention_bias_idxs", Block + "attention_bias_idxs"),
                    .. Heads("l"),
                ],
                OriginalBlocks),
            new KeyTable(
                "timm",
                "stem.conv1.linear.weight",
                [
                    .. Stem("stem.conv1", "linear", 1), .. Stem("stem.conv2", "linear", 2), .. Stem("stem.conv3", "linear", 3), .. Stem("stem.conv4", "linear", 4),
                    .. Linear("stages.#.#.attn.qkv", "linear", Block + "module.queries_keys_values"),
                    .. Linear("stages.#.#.attn.proj.ln", "linear", Block + "module.projection"),
                    new("stages.#.#.attn.attention_biases", Block + "module.attention_biases"),
                    .. Linear("stages.#.#.mlp.ln1", "linear", Block + "module.linear_up"),
                    .. Linear("stages.#.#.mlp.ln2", "linear", Block + "module.linear_down"),
                    .. Linear("stages.#.#.attn_downsample.kv", "linear", Block + "keys_values"),
                    .. Linear("stages.#.#.attn_downsample.q.ln", "linear", Block + "queries"),
                    .. Linear("stages.#.#.attn_downsample.proj.ln", "linear", Block + "projection"),
                    new("stages.#.#.attn_downsample.attention_biases", Block + "attention_biases"),
                    .. Heads("linear"),
                ],
                TimmStages),
        ]);

    private static IEnumerable<KeyRule> Stem(string stored, string linear, int layer) =>
    [
        new($"{stored}.{linear}.*", $"levit.patch_embeddings.embedding_layer_{layer}.convolution.$1"),
        new($"{stored}.bn.*", $"levit.patch_embeddings.embedding_layer_{layer}.batch_norm.$1"),
    ];

    private static IEnumerable<KeyRule> Linear(string stored, string linear, string name) =>
    [
        new($"{stored}.{linear}.*", $"{name}.linear.$3", TensorChange.PointwiseToLinear),
        new($"{stored}.bn.*", $"{name}.batch_norm.$3"),
    ];

    private static IEnumerable<KeyRule> Heads(string linear) =>
    [
        new("head.bn.*", "classifier.batch_norm.$1"),
        new($"head.{linear}.*", "classifier.linear.$1"),
        new("head_dist.bn.*", "classifier_distill.batch_norm.$1"),
        new($"head_dist.{linear}.*", "classifier_distill.linear.$1"),
    ];

    /// <summary>
    /// The original numbers all blocks in one row: <c>blocks.N.</c> becomes <c>blocks.STAGE.LAYER.</c>. A stage ends
    /// with its subsampling attention (which alone has keys and values without queries) and the MLP behind that.
    /// </summary>
    private static Func<string, string> OriginalBlocks(IReadOnlyList<string> keys)
    {
        ILookup<int, string> blocks = keys
            .Select(key => key.Split('.', 3))
            .Where(parts => parts is ["blocks", _, _] && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .ToLookup(parts => int.Parse(parts[1], CultureInfo.InvariantCulture), parts => parts[2]);
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        (int stage, int layer) = (0, 0);
        bool subsampled = false;
        foreach (int block in blocks.Select(group => group.Key).Order())
        {
            bool isMlp = blocks[block].Contains("m.0.c.weight", StringComparer.Ordinal);
            if (subsampled && !isMlp)
            {
                (stage, layer, subsampled) = (stage + 1, 0, false);
            }

            subsampled |= blocks[block].Contains("kv.c.weight", StringComparer.Ordinal);
            places[$"{block}"] = $"{stage}.{layer++}";
        }

        return key => key.Split('.', 3) is ["blocks", var block, var rest] && places.TryGetValue(block, out string? place) ? $"blocks.{place}.{rest}" : key;
    }

    /// <summary>
    /// timm pairs attention and MLP in a block, and puts the subsampling at a stage's begin instead of the end of the
    /// one before: <c>stages.S.blocks.B.attn.</c> becomes <c>stages.S.LAYER.attn.</c>.
    /// </summary>
    private static Func<string, string> TimmStages(IReadOnlyList<string> keys)
    {
        Dictionary<int, int> blocks = keys
            .Select(key => key.Split('.', 5))
            .Where(parts => parts is ["stages", _, "blocks", _, _])
            .GroupBy(parts => Number(parts[1]))
            .ToDictionary(stage => stage.Key, stage => stage.Max(parts => Number(parts[3])) + 1);
        int perBlock = keys.Any(key => key.Contains(".mlp.ln1.", StringComparison.Ordinal) && key.Contains(".blocks.", StringComparison.Ordinal)) ? 2 : 1;
        return key => key.Split('.', 5) switch
        {
            ["stages", var stage, "blocks", var block, var rest] when rest.StartsWith("attn.", StringComparison.Ordinal) => $"stages.{stage}.{Number(block) * perBlock}.{rest}",
            ["stages", var stage, "blocks", var block, var rest] => $"stages.{stage}.{Number(block) * perBlock + 1}.{rest}",
            ["stages", var stage, "downsample", var part, var rest] when blocks.TryGetValue(Number(stage) - 1, out int before) =>
                $"stages.{Number(stage) - 1}.{before * perBlock + (part == "mlp" ? 1 : 0)}.{part}.{rest}",
            _ => key,
        };
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
}
