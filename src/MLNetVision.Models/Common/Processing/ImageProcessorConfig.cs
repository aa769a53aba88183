using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Config;

namespace MLNetVision.Models.Common.Processing;

/// <summary>The settings that preprocessor_config.json holds for every processor, and the reading and writing of that file.</summary>
/// <remarks>
/// A field that is absent or null has Hugging Face's default. Fields that no property stands for are kept and written
/// again. Two configs are equal when they are of one type and their JSON is the same.
/// </remarks>
public abstract record ImageProcessorConfig
{
    /// <summary>The name of the file in a checkpoint folder.</summary>
    public const string FileName = "preprocessor_config.json";

    private const string TypeField = "image_processor_type";

    /// <summary>The field before transformers 4.25, which is kept as it is.</summary>
    private const string OlderTypeField = "feature_extractor_type";

    /// <summary>The processor's class in transformers (image_processor_type), fixed by the derived record.</summary>
    [JsonIgnore]
    public abstract string ProcessorType { get; }

    /// <summary>Whether pictures are resized; true by default.</summary>
    public bool DoResize { get; init; } = true;

    /// <summary>Whether bytes are multiplied by <see cref="RescaleFactor"/>; true by default.</summary>
    public bool DoRescale { get; init; } = true;

    /// <summary>What bytes are multiplied by; 1/255 by default.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Whether the mean is subtracted and the difference divided by the standard deviation; true by default.</summary>
    public bool DoNormalize { get; init; } = true;

    /// <summary>The mean, in the units that rescaling leaves; ImageNet's by default.</summary>
    public ChannelValues ImageMean { get; init; } = ChannelValues.ImageNetMean;

    /// <summary>The standard deviation, in the units that rescaling leaves; ImageNet's by default.</summary>
    public ChannelValues ImageStd { get; init; } = ChannelValues.ImageNetStandardDeviation;

    /// <summary>The fields of the file that no property stands for, as they were read.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> UnknownFields => ExtensionData ?? [];

    /// <summary>What is odd about the file that was read, a sentence each: settings that were written for another processor.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Complaints { get; private init; } = [];

    [JsonExtensionData, JsonInclude]
    internal Dictionary<string, JsonElement>? ExtensionData { get; init; }

    /// <summary>Writes the config as Hugging Face does: sorted keys, two spaces of indentation, a final newline.</summary>
    public string ToJson()
    {
        var json = (JsonObject)JsonSerializer.SerializeToNode(this, GetType(), ConfigJson.Options)!;
        json[TypeField] = ProcessorType;
        return ConfigJson.Write(json);
    }

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <param name="path">The file, or an existing folder, which then gets a preprocessor_config.json.</param>
    public void SaveTo(string path) =>
        File.WriteAllText(Directory.Exists(path) ? Path.Combine(path, FileName) : path, ToJson());

    /// <summary>Checks that the fields fit each other; processors call it before they work.</summary>
    /// <exception cref="InvalidDataException">They do not; the message names the field.</exception>
    public virtual void Validate()
    {
        if (!double.IsFinite(RescaleFactor))
        {
            throw Invalid("rescale_factor", $"is {RescaleFactor}", "a finite number");
        }

        if (ImageMean.Values.Any(value => !double.IsFinite(value)))
        {
            throw Invalid("image_mean", "is not finite", "finite numbers");
        }

        if (ImageStd.Values.Any(value => !double.IsFinite(value) || (float)value == 0))
        {
            throw Invalid("image_std", "is 0 or not finite", "finite numbers other than 0");
        }
    }

    /// <inheritdoc/>
    public virtual bool Equals(ImageProcessorConfig? other) =>
        other is not null && EqualityContract == other.EqualityContract && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>The config's JSON.</summary>
    public sealed override string ToString() => ToJson();

    /// <summary>An error about one field, in the form that all configs share.</summary>
    protected InvalidDataException Invalid(string field, string problem, string expected) =>
        new($"The {ProcessorType}'s '{field}' {problem}; expected {expected}.");

    /// <summary>Reads JSON text and validates it.</summary>
    private protected static TConfig Parse<TConfig>(string json, Action<JsonObject>? prepare = null)
        where TConfig : ImageProcessorConfig
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            if (ConfigJson.Parse(json) is not JsonObject fields)
            {
                throw new InvalidDataException("The processor's config is not a JSON object.");
            }

            fields.Remove(TypeField, out JsonNode? type);
            foreach (string name in fields.Where(field => field.Value is null).Select(field => field.Key).ToArray())
            {
                fields.Remove(name);
            }

            prepare?.Invoke(fields);
            TConfig config = fields.Deserialize<TConfig>(ConfigJson.Options)!;

            config = config with { Complaints = [.. ComplaintOf(config, (type ?? fields[OlderTypeField])?.ToString())] };
            config.Validate();
            return config;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for text that is not valid
        {
            throw new InvalidDataException($"The processor's config is not valid at {(e as JsonException)?.Path ?? "its syntax"}: {e.Message}", e);
        }
    }

    // As in transformers the settings count, whatever class they are of: processors and feature extractors have the same names for them.
    // Before 4.25 the same processor was called a feature extractor, as the published LeViT checkpoints still have it; 4.5x writes the name of
    // its fast twin.
    private static IEnumerable<string> ComplaintOf(ImageProcessorConfig config, string? type) =>
        type is null || type == config.ProcessorType || type == config.ProcessorType + "Fast" || type == config.ProcessorType.Replace("ImageProcessor", "FeatureExtractor", StringComparison.Ordinal) ? []
            : [$"The processor's settings are those of a '{type}'; they are read as a '{config.ProcessorType}'."];

    /// <summary>Reads a file, or the preprocessor_config.json of a folder.</summary>
    private protected static TConfig ParseFile<TConfig>(string path, Func<string, TConfig> parse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = FolderSwap.CurrentFile(path, FileName);
        try
        {
            return parse(File.ReadAllText(file));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{file}': {e.Message}", e);
        }
    }
}
