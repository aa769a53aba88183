using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNetVision.Models.Common.Config;

/// <summary>Numbers that are finite: 1e999 is valid JSON, but no setting.</summary>
internal sealed class FiniteNumberJsonConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        double number = reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.String when double.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double text) => text,
            _ => double.NaN,
        };
        // Without a message of its own the exception gets one that names the field.
        return double.IsFinite(number) ? number : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
