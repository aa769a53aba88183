using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Common.Config;

/// <summary>id2label, an object from class id to label, as the list of labels in the order of their ids.</summary>
internal sealed class LabelsJsonConverter : JsonConverter<IReadOnlyList<string>>
{
    public override bool HandleNull => true;

    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return PretrainedConfig.DefaultLabels(2);
        }

        Dictionary<string, string> byId = JsonSerializer.Deserialize<Dictionary<string, string>>(ref reader, options)!;
        var labels = new string[byId.Count];
        for (int id = 0; id < labels.Length; id++)
        {
            labels[id] = byId.TryGetValue(id.ToString(CultureInfo.InvariantCulture), out string? label) && label is not null
                ? label
                : throw new JsonException($"'id2label' has {labels.Length} entries but no label for id {id}; expected ids from 0 without a gap.");
        }

        return labels;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        for (int id = 0; id < value.Count; id++)
        {
            writer.WriteString(id.ToString(CultureInfo.InvariantCulture), value[id]);
        }

        writer.WriteEndObject();
    }
}
