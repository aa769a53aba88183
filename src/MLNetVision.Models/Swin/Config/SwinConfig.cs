using System.Text.Json.Serialization;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;

namespace MLNetVision.Models.Swin.Config;

/// <summary>The settings of a Swin Transformer backbone ("Swin Transformer", Liu et al. 2021), as in Hugging Face's config.json.</summary>
/// <remarks>The defaults are Hugging Face's, which are Swin-T. The presets keep all stages, as Mask2Former needs them.</remarks>
public sealed record SwinConfig : PretrainedConfig
{
    private const string Stem = "stem";

    // Many times what any Swin has. The weights say more; these keep a config without any from taking the memory.
    private const int MostStages = 8, LargestDepth = 1 << 10, LargestWidth = 1 << 14, LargestWindow = 1 << 7, LargestSide = 1 << 16;

    /// <inheritdoc/>
    public override string ModelType => "swin";

    /// <summary>The side of the training images in pixels; only absolute position embeddings depend on it. Default 224.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>The side of a patch in pixels. Default 4.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>The image's channels. Default 3.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>The channels of the first stage; each later stage has twice those of the one before. Default 96.</summary>
    public int EmbedDim { get; init; } = 96;

    /// <summary>The blocks of each stage. Default 2, 2, 6, 2.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>The attention heads of each stage; they divide its channels. Default 3, 6, 12, 24.</summary>
    public IReadOnlyList<int> NumHeads { get; init; } = [3, 6, 12, 24];

    /// <summary>The side of an attention window in patches. It never shrinks: smaller maps are padded. Default 7.</summary>
    public int WindowSize { get; init; } = 7;

    /// <summary>The hidden width of a block's MLP over its channels. Default 4.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether query, key and value have a bias. Default true.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Dropout after the embeddings and the MLP, in [0, 1). Default 0.</summary>
    public double HiddenDropoutProb { get; init; }

    /// <summary>Dropout of attention probabilities, in [0, 1). Default 0.</summary>
    public double AttentionProbsDropoutProb { get; init; }

    /// <summary>The highest probability that a residual branch is dropped for an image in training, in [0, 1). Default 0.1.</summary>
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>How the drop-path rate spreads over the blocks; not a field of Hugging Face's. Default linear.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DropPathSchedule DropPathSchedule { get; init; }

    /// <summary>The MLP's activation. Default "gelu".</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Whether a learned embedding of the position is added to the patches. Default false.</summary>
    public bool UseAbsoluteEmbeddings { get; init; }

    /// <summary>The standard deviation of fresh weights. Default 0.02.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The epsilon of the blocks' layer norms. Default 1e-5.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The maps that the backbone returns: "stem", "stage1", … Null means what <see cref="OutIndices"/> says.</summary>
    public IReadOnlyList<string>? OutFeatures { get; init; }

    /// <summary>The maps that the backbone returns, by number: 0 is the stem; negative numbers count from the last. Null means the last stage.</summary>
    public IReadOnlyList<int>? OutIndices { get; init; }

    /// <summary>The channels of the last stage.</summary>
    public int HiddenSize => EmbedDim << (Depths.Count - 1);

    /// <summary>The number of stages.</summary>
    public int NumLayers => Depths.Count;

    /// <summary>The names of all maps: "stem", "stage1", …</summary>
    public IReadOnlyList<string> StageNames => [Stem, .. Enumerable.Range(1, Depths.Count).Select(stage => $"stage{stage}")];

    /// <summary>The names of the maps that the backbone returns, as configured.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> RequestedFeatures =>
        OutFeatures ?? OutIndices?.Select(index => StageNames[index < 0 ? index + Depths.Count + 1 : index]).ToArray() ?? [StageNames[^1]];

    /// <summary>The same from the largest map to the smallest.</summary>
    internal IReadOnlyList<string> FeaturesBySize => [.. RequestedFeatures.OrderBy(StageIndex)];

    /// <summary>Swin-T: width 96, depths 2, 2, 6, 2, windows of 7.</summary>
    public static SwinConfig Tiny { get; } = Preset(96, [2, 2, 6, 2], [3, 6, 12, 24], window: 7, imageSize: 224);

    /// <summary>Swin-S: width 96, depths 2, 2, 18, 2, windows of 7.</summary>
    public static SwinConfig Small { get; } = Preset(96, [2, 2, 18, 2], [3, 6, 12, 24], window: 7, imageSize: 224);

    /// <summary>Swin-B at 384 pixels: width 128, depths 2, 2, 18, 2, windows of 12.</summary>
    public static SwinConfig Base { get; } = Preset(128, [2, 2, 18, 2], [4, 8, 16, 32], window: 12, imageSize: 384);

    /// <summary>Swin-L at 384 pixels: width 192, depths 2, 2, 18, 2, windows of 12.</summary>
    public static SwinConfig Large { get; } = Preset(192, [2, 2, 18, 2], [6, 12, 24, 48], window: 12, imageSize: 384);

    /// <summary>The channels of a map that the backbone can return.</summary>
    public int ChannelsOf(string stageName) => stageName == Stem ? EmbedDim : EmbedDim << (StageIndex(stageName) - 1);

    internal override PretrainedConfig With(PlainFields fields)
    {
        fields.PassOver("hidden_size", "num_layers", "stage_names");
        fields.Leave("drop_path_schedule", "requested_features");
        return this with
        {
            ImageSize = fields.Whole("image_size", ImageSize),
            PatchSize = fields.Whole("patch_size", PatchSize),
            NumChannels = fields.Whole("num_channels", NumChannels),
            EmbedDim = fields.Whole("embed_dim", EmbedDim),
            Depths = fields.Wholes("depths", Depths),
            NumHeads = fields.Wholes("num_heads", NumHeads),
            WindowSize = fields.Whole("window_size", WindowSize),
            MlpRatio = fields.Number("mlp_ratio", MlpRatio),
            QkvBias = fields.Flag("qkv_bias", QkvBias),
            HiddenDropoutProb = fields.Number("hidden_dropout_prob", HiddenDropoutProb),
            AttentionProbsDropoutProb = fields.Number("attention_probs_dropout_prob", AttentionProbsDropoutProb),
            DropPathRate = fields.Number("drop_path_rate", DropPathRate),
            HiddenAct = fields.Text("hidden_act", HiddenAct),
            UseAbsoluteEmbeddings = fields.Flag("use_absolute_embeddings", UseAbsoluteEmbeddings),
            InitializerRange = fields.Number("initializer_range", InitializerRange),
            LayerNormEps = fields.Number("layer_norm_eps", LayerNormEps),
            OutFeatures = fields.OptionalTexts("out_features"),
            OutIndices = fields.OptionalWholes("out_indices"),
        };
    }

    /// <inheritdoc/>
    public bool Equals(SwinConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequirePositive("image_size", ImageSize, LargestSide);
        RequirePositive("patch_size", PatchSize, LargestDepth);
        RequirePositive("num_channels", NumChannels, LargestWidth);
        RequirePositive("embed_dim", EmbedDim, LargestWidth);
        RequirePositive("window_size", WindowSize, LargestWindow);
        RequireRate("hidden_dropout_prob", HiddenDropoutProb);
        RequireRate("attention_probs_dropout_prob", AttentionProbsDropoutProb);
        RequireRate("drop_path_rate", DropPathRate);
        if (Depths.Count is 0 or > MostStages || Depths.Any(depth => depth is < 1 or > LargestDepth))
        {
            throw Invalid("depths", $"is [{string.Join(", ", Depths.Take(MostStages + 1))}]", $"1 to {MostStages} stages, each with 1 to {LargestDepth} blocks");
        }

        if (NumHeads.Count != Depths.Count)
        {
            throw Invalid("num_heads", $"has {NumHeads.Count} entries", $"{Depths.Count}, one for each stage in 'depths'");
        }

        for (int stage = 0; stage < Depths.Count; stage++)
        {
            if (NumHeads[stage] < 1 || (EmbedDim << stage) % NumHeads[stage] != 0)
            {
                throw Invalid("num_heads", $"gives {NumHeads[stage]} heads to stage {stage + 1}", $"a divisor of its {EmbedDim << stage} channels");
            }
        }

        if (!(MlpRatio > 0 && MlpRatio <= LargestDepth))
        {
            throw Invalid("mlp_ratio", $"is {MlpRatio}", $"a positive number, {LargestDepth} at most");
        }

        if (!Activations.IsKnown(HiddenAct))
        {
            throw Invalid("hidden_act", $"is '{HiddenAct}'", $"one of {Activations.Names}");
        }

        ValidateOutputs();
    }

    internal override IEnumerable<SizeClaim> SizeClaims() => SwinSizeClaims.Of(this);

    internal int StageIndex(string stageName)
    {
        for (int index = 0; index <= Depths.Count; index++)
        {
            if (StageNames[index] == stageName)
            {
                return index;
            }
        }

        throw Invalid("out_features", $"names '{stageName}'", $"some of {string.Join(", ", StageNames)}");
    }

    /// <summary>The drop-path rate of every block, in order.</summary>
    internal double[] DropPathRates()
    {
        int blocks = Depths.Sum();
        return [.. Enumerable.Range(0, blocks).Select(block =>
            DropPathSchedule == DropPathSchedule.Constant ? DropPathRate : blocks == 1 ? 0 : DropPathRate * block / (blocks - 1))];
    }

    private static SwinConfig Preset(int width, int[] depths, int[] heads, int window, int imageSize) => new()
    {
        ImageSize = imageSize,
        EmbedDim = width,
        Depths = depths,
        NumHeads = heads,
        WindowSize = window,
        DropPathRate = 0.3,
        OutFeatures = ["stage1", "stage2", "stage3", "stage4"],
    };

    private void ValidateOutputs()
    {
        if (OutIndices is { } indices && OutFeatures is null && indices.Any(index => index > Depths.Count || index < -Depths.Count - 1))
        {
            throw Invalid("out_indices", $"is [{string.Join(", ", indices)}]", $"numbers from 0 to {Depths.Count}, or negative ones counting from the last");
        }

        IReadOnlyList<string> requested = RequestedFeatures;
        foreach (string name in requested)
        {
            _ = StageIndex(name);
        }

        if (requested.Count == 0 || requested.Distinct().Count() != requested.Count)
        {
            throw Invalid("out_features", $"is [{string.Join(", ", requested)}]", "at least one name, none of them twice");
        }
    }

    private void RequirePositive(string field, int value, int most)
    {
        if (value < 1 || value > most)
        {
            throw Invalid(field, $"is {value}", $"a positive number, {most} at most");
        }
    }

    private void RequireRate(string field, double value)
    {
        if (!(value >= 0 && value < 1))
        {
            throw Invalid(field, $"is {value}", "a probability from 0 to below 1");
        }
    }
}
