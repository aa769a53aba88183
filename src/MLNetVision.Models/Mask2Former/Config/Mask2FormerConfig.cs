using System.Text.Json.Serialization;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Swin.Config;

namespace MLNetVision.Models.Mask2Former.Config;

/// <summary>
/// The settings of Mask2Former ("Masked-attention Mask Transformer for Universal Image Segmentation", Cheng et al.
/// 2022), as in Hugging Face's config.json.
/// </summary>
/// <remarks>The defaults are Hugging Face's: Swin-T, 100 queries. What a call returns is chosen by the call
/// (<see cref="Mask2FormerOutputs"/>), not by output_hidden_states and its relatives, which are kept but not read.</remarks>
public sealed record Mask2FormerConfig : PretrainedConfig
{
    /// <summary>The resolutions that the pixel decoder's attention and the masked decoder work on.</summary>
    internal const int FeatureLevels = 3;

    /// <summary>The points that each head samples per level in deformable attention.</summary>
    internal const int SamplingPoints = 4;

    /// <summary>The groups of the pixel decoder's group norms.</summary>
    internal const int NormGroups = 32;

    // Many times what any Mask2Former has. The weights say more; these keep a config without any from taking the memory.
    private const int LargestCount = 1 << 8, LargestWidth = 1 << 16, MostPoints = 1 << 24;

    /// <inheritdoc/>
    public override string ModelType => "mask2former";

    /// <summary>The backbone. Default Swin-T with its four stages.</summary>
    [JsonConverter(typeof(NestedConfigJsonConverter<SwinConfig>))]
    public SwinConfig BackboneConfig { get; init; } = SwinConfig.Tiny;

    /// <summary>The channels inside the pixel decoder; a multiple of 32. Default 256.</summary>
    public int FeatureSize { get; init; } = 256;

    /// <summary>The channels of the mask features and mask embeddings. Default 256.</summary>
    public int MaskFeatureSize { get; init; } = 256;

    /// <summary>The channels of the queries. Default 256.</summary>
    public int HiddenDim { get; init; } = 256;

    /// <summary>The hidden width of the pixel decoder's MLPs. Default 1024.</summary>
    public int EncoderFeedforwardDim { get; init; } = 1024;

    /// <summary>The hidden width of the masked decoder's MLPs. Default 2048.</summary>
    public int DimFeedforward { get; init; } = 2048;

    /// <summary>The activation of the masked decoder's MLPs. Default "relu".</summary>
    public string ActivationFunction { get; init; } = "relu";

    /// <summary>The layers of the pixel decoder. Default 6.</summary>
    public int EncoderLayers { get; init; } = 6;

    /// <summary>The predictions made, the one from the bare queries included: the masked decoder has one layer less. Default 10.</summary>
    public int DecoderLayers { get; init; } = 10;

    /// <summary>The attention heads in both decoders. Default 8.</summary>
    public int NumAttentionHeads { get; init; } = 8;

    /// <summary>Dropout in both decoders, in [0, 1). Default 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the masked decoder normalises before its blocks instead of after them. Default false.</summary>
    public bool PreNorm { get; init; }

    /// <summary>Whether the pixel decoder's maps are projected even where the sizes agree. Default false.</summary>
    public bool EnforceInputProjection { get; init; }

    /// <summary>The stride of the mask features. Default 4.</summary>
    public int CommonStride { get; init; } = 4;

    /// <summary>The strides of the backbone's maps, ascending. Default 4, 8, 16, 32.</summary>
    public IReadOnlyList<int> FeatureStrides { get; init; } = [4, 8, 16, 32];

    /// <summary>The label that is not to be learnt. Default 255.</summary>
    public int IgnoreValue { get; init; } = 255;

    /// <summary>The queries, each of which can become a segment. Default 100.</summary>
    public int NumQueries { get; init; } = 100;

    /// <summary>The weight of "no object" in the class loss. Default 0.1.</summary>
    public double NoObjectWeight { get; init; } = 0.1;

    /// <summary>The weight of the class loss. Default 2.</summary>
    public double ClassWeight { get; init; } = 2;

    /// <summary>The weight of the mask loss. Default 5.</summary>
    public double MaskWeight { get; init; } = 5;

    /// <summary>The weight of the dice loss. Default 5.</summary>
    public double DiceWeight { get; init; } = 5;

    /// <summary>The points that the losses look at. Default 12,544 (112²).</summary>
    public int TrainNumPoints { get; init; } = 12544;

    /// <summary>How many times as many points are drawn before the uncertain ones are picked. Default 3.</summary>
    public double OversampleRatio { get; init; } = 3;

    /// <summary>The share of points picked for their uncertainty. Default 0.75.</summary>
    public double ImportanceSampleRatio { get; init; } = 0.75;

    /// <summary>The standard deviation of Hugging Face's fresh weights. Default 0.02.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <summary>The gain of Hugging Face's Xavier initialisation of the masked decoder. Default 1.</summary>
    public double InitXavierStd { get; init; } = 1;

    /// <summary>Whether every layer's prediction is learnt from. Default true.</summary>
    public bool UseAuxiliaryLoss { get; init; } = true;

    /// <summary>Another name of <see cref="DecoderLayers"/> in the file.</summary>
    public int NumHiddenLayers => DecoderLayers;

    /// <summary>Whether the masked decoder projects the pixel decoder's maps.</summary>
    internal bool ProjectsInput => EnforceInputProjection || FeatureSize != HiddenDim;

    /// <summary>The further levels between the pixel decoder's attention and the mask features.</summary>
    internal int FpnLevels => (int)(Math.Log2(FeatureStrides.TakeLast(FeatureLevels).Min()) - Math.Log2(CommonStride));

    /// <summary>Hugging Face's defaults over a backbone.</summary>
    public static Mask2FormerConfig FromBackboneConfig(SwinConfig backbone) => new() { BackboneConfig = backbone };

    internal override IEnumerable<SizeClaim> SizeClaims() => Mask2FormerSizeClaims.Of(this);

    internal override PretrainedConfig With(PlainFields fields)
    {
        fields.PassOver("num_hidden_layers");
        return this with
        {
            BackboneConfig = fields.Config("backbone_config", BackboneConfig),
            FeatureSize = fields.Whole("feature_size", FeatureSize),
            MaskFeatureSize = fields.Whole("mask_feature_size", MaskFeatureSize),
            HiddenDim = fields.Whole("hidden_dim", HiddenDim),
            EncoderFeedforwardDim = fields.Whole("encoder_feedforward_dim", EncoderFeedforwardDim),
            DimFeedforward = fields.Whole("dim_feedforward", DimFeedforward),
            ActivationFunction = fields.Text("activation_function", ActivationFunction),
            EncoderLayers = fields.Whole("encoder_layers", EncoderLayers),
            DecoderLayers = fields.Whole("decoder_layers", DecoderLayers),
            NumAttentionHeads = fields.Whole("num_attention_heads", NumAttentionHeads),
            Dropout = fields.Number("dropout", Dropout),
            PreNorm = fields.Flag("pre_norm", PreNorm),
            EnforceInputProjection = fields.Flag("enforce_input_projection", EnforceInputProjection),
            CommonStride = fields.Whole("common_stride", CommonStride),
            FeatureStrides = fields.Wholes("feature_strides", FeatureStrides),
            IgnoreValue = fields.Whole("ignore_value", IgnoreValue),
            NumQueries = fields.Whole("num_queries", NumQueries),
            NoObjectWeight = fields.Number("no_object_weight", NoObjectWeight),
            ClassWeight = fields.Number("class_weight", ClassWeight),
            MaskWeight = fields.Number("mask_weight", MaskWeight),
            DiceWeight = fields.Number("dice_weight", DiceWeight),
            TrainNumPoints = fields.Whole("train_num_points", TrainNumPoints),
            OversampleRatio = fields.Number("oversample_ratio", OversampleRatio),
            ImportanceSampleRatio = fields.Number("importance_sample_ratio", ImportanceSampleRatio),
            InitStd = fields.Number("init_std", InitStd),
            InitXavierStd = fields.Number("init_xavier_std", InitXavierStd),
            UseAuxiliaryLoss = fields.Flag("use_auxiliary_loss", UseAuxiliaryLoss),
        };
    }

    /// <inheritdoc/>
    public bool Equals(Mask2FormerConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        BackboneConfig.Validate();
        RequireRange("encoder_layers", EncoderLayers, 0, LargestCount);
        RequireRange("decoder_layers", DecoderLayers, 1, LargestCount);
        RequireRange("num_queries", NumQueries, 1, LargestWidth);
        RequireRange("num_attention_heads", NumAttentionHeads, 1, LargestWidth);
        RequireRange("mask_feature_size", MaskFeatureSize, 1, LargestWidth);
        RequireRange("encoder_feedforward_dim", EncoderFeedforwardDim, 1, LargestWidth);
        RequireRange("dim_feedforward", DimFeedforward, 1, LargestWidth);
        RequireRange("common_stride", CommonStride, 1, LargestWidth);
        RequireRange("feature_size", FeatureSize, 1, LargestWidth);
        RequireRange("hidden_dim", HiddenDim, 1, LargestWidth);
        RequireRange("train_num_points", TrainNumPoints, 0, MostPoints);
        RequireMultiple("feature_size", FeatureSize, NormGroups, "32, the groups of its norms");
        RequireMultiple("feature_size", FeatureSize, NumAttentionHeads, "num_attention_heads");
        RequireMultiple("hidden_dim", HiddenDim, NumAttentionHeads, "num_attention_heads");
        RequireMultiple("hidden_dim", HiddenDim, 4, "4, for the position embedding");
        if (!(Dropout >= 0 && Dropout < 1))
        {
            throw Invalid("dropout", $"is {Dropout}", "a probability from 0 to below 1");
        }

        if (!Activations.IsKnown(ActivationFunction))
        {
            throw Invalid("activation_function", $"is '{ActivationFunction}'", $"one of {Activations.Names}");
        }

        int maps = BackboneConfig.RequestedFeatures.Count;
        if (maps < FeatureLevels)
        {
            throw Invalid("backbone_config", $"returns {maps} maps (out_features)", $"at least {FeatureLevels}");
        }

        if (FeatureStrides.Count is < FeatureLevels or > LargestCount || FeatureStrides.Any(stride => stride < 1))
        {
            throw Invalid("feature_strides", $"is [{string.Join(", ", FeatureStrides.Take(LargestCount))}]", $"{FeatureLevels} to {LargestCount} positive strides");
        }

        if (FpnLevels > maps)
        {
            throw Invalid("common_stride", $"is {CommonStride}, {FpnLevels} levels above the pixel decoder's attention", $"no more levels than the backbone's {maps} maps");
        }
    }

    private void RequireRange(string field, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw Invalid(field, $"is {value}", value < least ? $"at least {least}" : $"at most {most}");
        }
    }

    private void RequireMultiple(string field, int value, int divisor, string meaning)
    {
        if (value < 1 || value % divisor != 0)
        {
            throw Invalid(field, $"is {value}", $"a positive multiple of {meaning}");
        }
    }
}
