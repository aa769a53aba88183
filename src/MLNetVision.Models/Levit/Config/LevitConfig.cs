using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Levit.Config;

/// <summary>The settings of a LeViT model: Hugging Face's config.json. The defaults are those of levit-128.</summary>
/// <remarks>
/// LeViT (Graham et al., 2021) is a stem of four strided convolutions and three stages of attention and MLP blocks,
/// with an attention layer that halves the resolution between two stages. <see cref="LevitPresets"/> has the published sizes.
/// Difference from the reference: a config whose fields do not fit each other is an error when it is read, not a
/// failure in the first forward pass.
/// </remarks>
public sealed record LevitConfig : PretrainedConfig
{
    /// <summary>The number of stages; Hugging Face's model has exactly three.</summary>
    internal const int StageCount = 3;

    /// <summary>The attention ratio, MLP ratio and stride of both subsampling layers, fixed in Hugging Face's model.</summary>
    internal const int SubsampleAttentionRatio = 4, SubsampleMlpRatio = 2, SubsampleStride = 2;

    /// <inheritdoc/>
    public override string ModelType => "levit";

    /// <summary>The side of the square input, in pixels. Default 224.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>The number of input channels. Default 3.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>The kernel size of the stem's convolutions. Default 3.</summary>
    public int KernelSize { get; init; } = 3;

    /// <summary>The stride of the stem's convolutions. Default 2.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>The padding of the stem's convolutions. Default 1.</summary>
    public int Padding { get; init; } = 1;

    /// <summary>The pixels per token along one side; must be what the four strides make. Default 16.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>The channels of each stage. Default 128, 256, 384.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [128, 256, 384];

    /// <summary>The attention heads of each stage. Default 4, 8, 12.</summary>
    public IReadOnlyList<int> NumAttentionHeads { get; init; } = [4, 8, 12];

    /// <summary>The attention layers of each stage. Default 4, 4, 4.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [4, 4, 4];

    /// <summary>The channels of a query or key of one head, per stage. Default 16, 16, 16.</summary>
    public IReadOnlyList<int> KeyDim { get; init; } = [16, 16, 16];

    /// <summary>The probability with which a residual branch is dropped for an image in training, 0 ≤ p &lt; 1. Default 0.</summary>
    public double DropPathRate { get; init; }

    /// <summary>The hidden channels of an MLP as a multiple of its input, per stage; 0 leaves the MLPs out. Default 2, 2, 2.</summary>
    public IReadOnlyList<int> MlpRatio { get; init; } = [2, 2, 2];

    /// <summary>The channels of a value as a multiple of a key's, per stage. Default 2, 2, 2.</summary>
    public IReadOnlyList<int> AttentionRatio { get; init; } = [2, 2, 2];

    /// <summary>The standard deviation of weights under <see cref="LevitInitialization.HuggingFace"/>. Default 0.02.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// The subsampling layers as Hugging Face derives them from <see cref="KeyDim"/> and <see cref="HiddenSizes"/>:
    /// "Subsample", key dimension, heads, attention ratio, MLP ratio, stride.
    /// </summary>
    [JsonInclude, JsonPropertyName("down_ops")]
    internal IReadOnlyList<IReadOnlyList<JsonElement>> DownOps
    {
        get => [.. Enumerable.Range(0, StageCount - 1).Select(DownOp)];
        init => ReadDownOps = value;
    }

    private IReadOnlyList<IReadOnlyList<JsonElement>>? ReadDownOps { get; init; }

    /// <summary>Reads a config from JSON text. See <see cref="PretrainedConfig.FromJson{TConfig}(string)"/>.</summary>
    public static LevitConfig FromJson(string json) => FromJson<LevitConfig>(json);

    /// <summary>Reads config.json from a file or folder. See <see cref="PretrainedConfig.FromFile{TConfig}(string)"/>.</summary>
    public static LevitConfig FromFile(string path) => FromFile<LevitConfig>(path);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        LevitConfigRules.Check(this, Invalid);
        CheckDownOps();
    }

    internal override IEnumerable<SizeClaim> SizeClaims() => LevitSizeClaims.Of(this);

    internal override PretrainedConfig With(PlainFields fields) => this with
    {
        ImageSize = fields.Whole("image_size", ImageSize),
        NumChannels = fields.Whole("num_channels", NumChannels),
        KernelSize = fields.Whole("kernel_size", KernelSize),
        Stride = fields.Whole("stride", Stride),
        Padding = fields.Whole("padding", Padding),
        PatchSize = fields.Whole("patch_size", PatchSize),
        HiddenSizes = fields.Wholes("hidden_sizes", HiddenSizes),
        NumAttentionHeads = fields.Wholes("num_attention_heads", NumAttentionHeads),
        Depths = fields.Wholes("depths", Depths),
        KeyDim = fields.Wholes("key_dim", KeyDim),
        DropPathRate = fields.Number("drop_path_rate", DropPathRate),
        MlpRatio = fields.Wholes("mlp_ratio", MlpRatio),
        AttentionRatio = fields.Wholes("attention_ratio", AttentionRatio),
        InitializerRange = fields.Number("initializer_range", InitializerRange),
        ReadDownOps = fields.Rows("down_ops"),
    };

    /// <inheritdoc/>
    public bool Equals(LevitConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>The heads of the subsampling layer after a stage; both use the first stage's key dimension, as Hugging Face's do.</summary>
    internal int SubsampleHeads(int stage) => HiddenSizes[stage] / KeyDim[0];

    private IReadOnlyList<JsonElement> DownOp(int stage) =>
    [
        JsonElement.Parse("\"Subsample\""),
        .. new[] { KeyDim[0], SubsampleHeads(stage), SubsampleAttentionRatio, SubsampleMlpRatio, SubsampleStride }
            .Select(number => JsonElement.Parse(number.ToString(CultureInfo.InvariantCulture))),
    ];

    private void CheckDownOps()
    {
        // Files written by Hugging Face end with any number of [""].
        for (int stage = 0; stage < Math.Min(ReadDownOps?.Count ?? 0, StageCount - 1); stage++)
        {
            string derived = string.Join(", ", DownOps[stage]);
            IReadOnlyList<JsonElement> row = ReadDownOps![stage] ?? throw Invalid("down_ops", $"has null after stage {stage}", $"[{derived}]");
            string read = string.Join(", ", row);
            if (read != derived && row.Count > 1)
            {
                throw Invalid("down_ops", $"has [{read}] after stage {stage}", $"[{derived}], which follows from 'key_dim' and 'hidden_sizes'");
            }
        }
    }
}
