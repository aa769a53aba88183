using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Models.Common.Config;

/// <summary>
/// The settings that Hugging Face's config.json holds for every model, and the reading and writing of that file.
/// </summary>
/// <remarks>
/// <para>A field that is absent has Hugging Face's default. Fields that no property stands for are kept in
/// <see cref="UnknownFields"/> and written again. Property names become snake_case; a property whose name differs
/// carries a <see cref="JsonPropertyNameAttribute"/>.</para>
/// <para>Two configs are equal when they are of one type and their JSON is the same, so lists count by their
/// elements. A derived record keeps this by declaring
/// <c>public bool Equals(TConfig? other) =&gt; base.Equals(other);</c> and
/// <c>public override int GetHashCode() =&gt; base.GetHashCode();</c>.</para>
/// <para>A file whose num_labels or label2id do not fit its id2label is read by id2label, as transformers does, and
/// <see cref="Complaints"/> says so. Difference from the reference: a model_type of another model is an error instead of a warning.</para>
/// </remarks>
public abstract record PretrainedConfig
{
    /// <summary>The name of the file in a checkpoint folder.</summary>
    public const string FileName = "config.json";

    /// <summary>The most labels of a model: fifty times as many as ImageNet's largest set has.</summary>
    private const int MostLabels = 1_000_000;

    /// <summary>The most classes that a bare number may ask names for: a few bytes must not cost hundreds of megabytes.</summary>
    private const int MostUnnamed = 100_000;

    private const string ModelTypeField = "model_type";
    private const string NumLabelsField = "num_labels";
    private const string LabelToIdField = "label2id";
    private const string IdToLabelField = "id2label";

    /// <summary>The model family (model_type), fixed by the derived record.</summary>
    [JsonIgnore]
    public abstract string ModelType { get; }

    /// <summary>The names of the classes that the weights were saved from, such as "LevitForImageClassification"; null when unknown.</summary>
    public IReadOnlyList<string>? Architectures { get; init; }

    /// <summary>The label of each class id (id2label, label2id and num_labels in one). Default: LABEL_0 and LABEL_1.</summary>
    [JsonPropertyName("id2label"), JsonConverter(typeof(LabelsJsonConverter))]
    public IReadOnlyList<string> Labels { get; init; } = DefaultLabels(2);

    /// <summary>The number of classes.</summary>
    [JsonIgnore]
    public int NumLabels => Labels.Count;

    /// <summary>What a classification head learns; null to tell it from the targets.</summary>
    public ProblemType? ProblemType { get; init; }

    /// <summary>The element type of the saved weights, such as "float32"; null when unknown.</summary>
    [JsonPropertyName("torch_dtype")]
    public string? TorchDType { get; init; }

    /// <summary>The version of transformers that wrote the file; null when it was not transformers.</summary>
    public string? TransformersVersion { get; init; }

    /// <summary>The fields of the file that no property stands for, as they were read.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement> UnknownFields => ExtensionData ?? [];

    /// <summary>What the file that was read contradicts itself in, a sentence each.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Complaints { get; private init; } = [];

    [JsonExtensionData, JsonInclude]
    internal Dictionary<string, JsonElement>? ExtensionData { get; init; }

    /// <summary>Reads a config from JSON text and validates it.</summary>
    /// <exception cref="InvalidDataException">The text is not such a config; the message names the field.</exception>
    public static TConfig FromJson<TConfig>(string json)
        where TConfig : PretrainedConfig
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return FromNode<TConfig>(ConfigJson.Parse(json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for text that is not valid
        {
            throw new InvalidDataException($"The config is not valid: {e.Message}", e);
        }
    }

    /// <summary>Reads config.json from a file or from a checkpoint folder and validates it.</summary>
    /// <exception cref="InvalidDataException">The file is not such a config; the message names the file and the field.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TConfig FromFile<TConfig>(string path)
        where TConfig : PretrainedConfig
    {
        string file = FolderSwap.CurrentFile(path, FileName);
        try
        {
            return FromJson<TConfig>(File.ReadAllText(file));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{file}': {e.Message}", e);
        }
    }

    /// <summary>Writes the config as Hugging Face does: sorted keys, two spaces of indentation, a final newline; labels only where they are not the default.</summary>
    public string ToJson() => ConfigJson.Write(ToNode());

    /// <summary>Writes <see cref="ToJson"/> to a file.</summary>
    /// <param name="path">The file, or an existing folder, which then gets a config.json.</param>
    public void SaveTo(string path) =>
        File.WriteAllText(Directory.Exists(path) ? Path.Combine(path, FileName) : path, ToJson());

    /// <summary>Checks that the fields fit each other; models call it before they are built.</summary>
    /// <exception cref="InvalidDataException">They do not; the message names the field.</exception>
    public virtual void Validate()
    {
        if (Labels.Count is 0 or > MostLabels)
        {
            throw Invalid(IdToLabelField, $"holds {Labels.Count} labels", $"1 to {MostLabels}");
        }
    }

    /// <summary>The labels that Hugging Face gives to classes without names: LABEL_0, LABEL_1, …</summary>
    public static IReadOnlyList<string> DefaultLabels(int count) =>
        [.. Enumerable.Range(0, count).Select(DefaultLabel)];

    internal static string DefaultLabel(int id) => string.Create(CultureInfo.InvariantCulture, $"LABEL_{id}");

    /// <inheritdoc/>
    public virtual bool Equals(PretrainedConfig? other) =>
        other is not null && EqualityContract == other.EqualityContract && ToJson() == other.ToJson();

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>The config's JSON.</summary>
    public sealed override string ToString() => ToJson();

    internal static TConfig FromNode<TConfig>(JsonNode? node)
        where TConfig : PretrainedConfig
    {
        if (node is not JsonObject json)
        {
            throw new InvalidDataException("The config is not a JSON object.");
        }

        var fields = (JsonObject)json.DeepClone();
        fields.Remove(ModelTypeField, out JsonNode? modelType);
        LabelTables tables = LabelTables.Take(fields);
        TConfig config = ReadPlain<TConfig>(fields) ?? fields.Deserialize<TConfig>(ConfigJson.Options)!;
        if (tables.Count is < 1 or > MostUnnamed)
        {
            throw config.Invalid(NumLabelsField, $"is {tables.Count}", $"1 to {MostUnnamed}, or a table '{IdToLabelField}' of at most {MostLabels} labels");
        }

        config = config with
        {
            Labels = tables.Labels ?? (tables.Count is { } count ? DefaultLabels((int)count) : config.Labels),
            Complaints = tables.Complaints,
        };
        if (modelType is not null && modelType.ToString() != config.ModelType)
        {
            throw config.Invalid(ModelTypeField, $"is '{modelType}'", $"'{config.ModelType}'");
        }

        config.Validate();
        return config;
    }

    /// <summary>Reads fields without the serialiser, where they are plain; else null.</summary>
    internal static TConfig? ReadPlain<TConfig>(JsonObject json)
        where TConfig : PretrainedConfig
    {
        var fields = new PlainFields(json);
        fields.Leave("id2label", "problem_type", "extension_data", "complaints", "unknown_fields");
        if (Activator.CreateInstance<TConfig>().With(fields) is not TConfig own)
        {
            return null;
        }

        TConfig config = own with
        {
            Architectures = fields.OptionalTexts("architectures"),
            TorchDType = fields.OptionalText("torch_dtype"),
            TransformersVersion = fields.OptionalText("transformers_version"),
            ExtensionData = fields.Rest(),
        };
        return fields.IsPlain ? config : null;
    }

    /// <summary>This config with the fields of its own type that a file names; null where a type leaves that to the serialiser.</summary>
    internal virtual PretrainedConfig? With(PlainFields fields) => null;

    internal JsonObject ToNode()
    {
        var json = (JsonObject)JsonSerializer.SerializeToNode(this, GetType(), ConfigJson.Options)!;
        json[ModelTypeField] = ModelType;
        if (Labels.SequenceEqual(DefaultLabels(2)))
        {
            json.Remove(IdToLabelField);
            return json;
        }

        var labelToId = new JsonObject();
        for (int id = 0; id < Labels.Count; id++)
        {
            labelToId[Labels[id]] = id; // of equal labels the last one, as Hugging Face has it
        }

        json[LabelToIdField] = labelToId;
        return json;
    }

    /// <summary>What the config asks for and its weights show, with the fields' names.</summary>
    internal virtual IEnumerable<SizeClaim> SizeClaims() => [];

    /// <summary>The error for a field that the weights contradict.</summary>
    internal InvalidDataException Contradiction(string field, string problem, string expected) => Invalid(field, problem, expected);

    /// <summary>An error about one field, in the form that all configs share.</summary>
    protected InvalidDataException Invalid(string field, string problem, string expected) =>
        new($"The {ModelType} config's '{field}' {problem}; expected {expected}.");
}
