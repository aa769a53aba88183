using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Processing;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>The settings of <see cref="Mask2FormerImageProcessor"/>: preprocessor_config.json both ways.</summary>
public sealed record Mask2FormerImageProcessorConfig : ImageProcessorConfig
{
    private const int DefaultLongestEdge = 1333;

    /// <summary>A hundred times what any model needs; a picture of one pixel becomes as large.</summary>
    private const int LargestDivisor = 4096;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string ProcessorType => "Mask2FormerImageProcessor";

    /// <summary>
    /// The size that pictures are resized to: shortest and longest edge, which keep the aspect ratio, or height and width.
    /// By default a shortest edge of 800 and a longest of 1333.
    /// </summary>
    [JsonConverter(typeof(ImageSizeJsonConverter))]
    public ImageSize Size { get; init; } = ImageSize.Edges(800, DefaultLongestEdge);

    /// <summary>What each side is rounded up to a multiple of when pictures are resized; 0 for nothing, at most 4,096, 32 by default.</summary>
    public int SizeDivisor { get; init; } = 32;

    /// <summary>The filter of resizing pictures; bilinear by default. Label maps and masks are always resized with nearest.</summary>
    [JsonConverter(typeof(ResamplingJsonConverter))]
    public Resampling Resample { get; init; } = Resampling.Bilinear;

    /// <summary>The value of a label map that marks pixels without a segment (void); null, the default, for none.</summary>
    public int? IgnoreIndex { get; init; }

    /// <summary>
    /// Whether label maps count classes from 1 and 0 means void, as ADE20K's do: 0 becomes void, every other id is lowered
    /// by one, 255 stays void. False by default; needs <see cref="IgnoreIndex"/>.
    /// </summary>
    public bool ReduceLabels { get; init; }

    /// <summary>The name that later releases of transformers write <see cref="ReduceLabels"/> by; null when it is absent.</summary>
    public bool? DoReduceLabels { get; init; }

    /// <summary>The number of classes, against which the classes of targets are checked; null, the default, for no check.</summary>
    public int? NumLabels { get; init; }

    /// <summary>What transformers writes beside the size; it has no effect.</summary>
    [JsonPropertyName("_max_size")]
    public int? StoredMaxSize { get; init; }

    /// <summary>Whether either name of the setting is on.</summary>
    [JsonIgnore]
    public bool ReducesLabels => ReduceLabels || DoReduceLabels == true;

    /// <summary>Reads the text of a preprocessor_config.json.</summary>
    /// <exception cref="InvalidDataException">The text is not such a config; the message names the field.</exception>
    public static Mask2FormerImageProcessorConfig FromJson(string json) => Parse<Mask2FormerImageProcessorConfig>(json, PrepareSize);

    /// <summary>Reads a preprocessor_config.json, or that of a checkpoint folder.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not such a config; the message names the file and the field.</exception>
    public static Mask2FormerImageProcessorConfig FromFile(string path) => ParseFile(path, FromJson);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        const string expected = "height and width, or shortest_edge with a larger longest_edge";
        if (Size.Problem() is { } problem)
        {
            throw Invalid("size", problem, expected);
        }

        if (!Size.IsFixed && (Size.ShortestEdge is null || Size.LongestEdge is null || Size.LongestEdge <= Size.ShortestEdge))
        {
            throw Invalid("size", $"is {Size}", expected);
        }

        if (SizeDivisor is < 0 or > LargestDivisor)
        {
            throw Invalid("size_divisor", $"is {SizeDivisor}", $"0 to {LargestDivisor}");
        }

        if (NumLabels < 1)
        {
            throw Invalid("num_labels", $"is {NumLabels}", "at least 1");
        }
    }

    internal override ImageProcessorConfig With(PlainFields fields)
    {
        fields.Leave("reduces_labels");
        return this with
        {
            Size = fields.Size("size", Size, ImageSize.Shortest),
            SizeDivisor = fields.Whole("size_divisor", SizeDivisor),
            Resample = fields.Filter("resample", Resample),
            IgnoreIndex = fields.OptionalWhole("ignore_index"),
            ReduceLabels = fields.Flag("reduce_labels", ReduceLabels),
            DoReduceLabels = fields.OptionalFlag("do_reduce_labels"),
            NumLabels = fields.OptionalWhole("num_labels"),
            StoredMaxSize = fields.OptionalWhole("_max_size"),
        };
    }

    /// <inheritdoc/>
    public bool Equals(Mask2FormerImageProcessorConfig? other) => base.Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>Old files give the shortest edge as a plain number and the longest beside it.</summary>
    private static void PrepareSize(JsonObject fields)
    {
        if (fields["size"] is JsonValue)
        {
            fields["size"] = new JsonObject
            {
                ["shortest_edge"] = fields["size"]!.DeepClone(),
                ["longest_edge"] = (fields["max_size"] ?? fields["_max_size"])?.DeepClone() ?? DefaultLongestEdge,
            };
        }

        fields.Remove("max_size");
    }
}
