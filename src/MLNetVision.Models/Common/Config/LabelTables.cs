using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNetVision.Models.Common.Config;

/// <summary>The labels that config.json has in three tables (id2label, label2id, num_labels), which people edit one by one.</summary>
/// <remarks>As in transformers 4.37 id2label counts, whatever the others say; without it num_labels does.</remarks>
internal sealed class LabelTables
{
    private const string IdToLabelField = "id2label";
    private const string LabelToIdField = "label2id";
    private const string NumLabelsField = "num_labels";
    private const int Shown = 3;

    private readonly List<string> _complaints = [];

    /// <summary>The label of each class; null where the file says nothing of labels.</summary>
    public IReadOnlyList<string>? Labels { get; private set; }

    /// <summary>The number of classes that the file states beside no table of labels; null for none.</summary>
    public long? Count { get; private set; }

    /// <summary>What does not fit, a sentence each.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Takes the three fields out of a config.</summary>
    /// <exception cref="JsonException">One of them is no table or number.</exception>
    public static LabelTables Take(JsonObject fields)
    {
        var tables = new LabelTables();
        fields.Remove(IdToLabelField, out JsonNode? idToLabel);
        fields.Remove(LabelToIdField, out JsonNode? labelToId);
        fields.Remove(NumLabelsField, out JsonNode? numLabels);
        if (idToLabel is not null)
        {
            tables.ReadLabels(idToLabel as JsonObject ?? throw new JsonException($"'{IdToLabelField}' is no table of ids and labels."));
        }

        tables.ReadCount(numLabels);
        if (labelToId is not null)
        {
            tables.Compare(labelToId as JsonObject ?? throw new JsonException($"'{LabelToIdField}' is no table of labels and ids."));
        }

        return tables;
    }

    private void ReadLabels(JsonObject table)
    {
        var byId = new Dictionary<long, string?>();
        foreach ((string key, JsonNode? label) in table)
        {
            byId[long.TryParse(key, NumberStyles.Integer, CultureInfo.InvariantCulture, out long id) ? id : throw new JsonException($"'{IdToLabelField}' has the id '{key}'; expected whole numbers.")] =
                label is JsonObject or JsonArray ? throw new JsonException($"'{IdToLabelField}' gives the id {id} no text but {label.ToJsonString()}.") : label?.ToString();
        }

        var labels = new string[byId.Count];
        var nameless = new List<string>();
        for (int id = 0; id < labels.Length; id++)
        {
            labels[id] = byId.GetValueOrDefault(id) ?? PretrainedConfig.DefaultLabel(id);
            if (byId.GetValueOrDefault(id) is null)
            {
                nameless.Add($"{id}");
            }
        }

        Labels = labels;
        if (nameless.Count > 0)
        {
            string[] beyond = [.. byId.Keys.Where(id => id < 0 || id >= labels.Length).Order().Select(id => $"{id}")];
            _complaints.Add($"'{IdToLabelField}' has {labels.Length} labels, but none for the id(s) {Listed(nameless)}, which get(s) a number for a name{(beyond.Length > 0 ? $"; of the id(s) {Listed(beyond)} there is no class" : string.Empty)}.");
        }
    }

    private void ReadCount(JsonNode? numLabels)
    {
        long? stated = numLabels is JsonValue && long.TryParse(numLabels.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long whole) ? whole : null;
        if (Labels is null)
        {
            Count = stated ?? (numLabels is null ? null : throw new JsonException($"'{NumLabelsField}' is {numLabels.ToJsonString()}; expected a whole number."));
        }
        else if (numLabels is not null && stated != Labels.Count)
        {
            _complaints.Add($"'{NumLabelsField}' is {numLabels.ToJsonString()}, but '{IdToLabelField}' has {Labels.Count} labels: there are {Labels.Count} classes.");
        }
    }

    private void Compare(JsonObject table)
    {
        string[] wrong =
        [
            .. table.Where(pair => Labels is null || !long.TryParse(pair.Value?.ToString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long id)
                || id < 0 || id >= Labels.Count || Labels[(int)id] != pair.Key)
                .Select(pair => $"'{pair.Key}': {pair.Value?.ToJsonString() ?? "null"}"),
        ];
        if (wrong.Length > 0)
        {
            _complaints.Add($"'{LabelToIdField}' has {wrong.Length} label(s) that '{IdToLabelField}' does not give to these ids ({Listed(wrong)}): the names are those of '{IdToLabelField}'.");
        }
    }

    private static string Listed(IReadOnlyCollection<string> all) => string.Join(", ", all.Take(Shown)) + (all.Count > Shown ? ", …" : string.Empty);
}
