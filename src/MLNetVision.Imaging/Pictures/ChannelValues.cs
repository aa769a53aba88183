using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNetVision.Imaging.Pictures;

/// <summary>One number for all channels of a picture, or one for each: image_mean and image_std of preprocessor_config.json.</summary>
[JsonConverter(typeof(ChannelValuesJsonConverter))]
public sealed class ChannelValues : IEquatable<ChannelValues>
{
    /// <summary>One number for all channels.</summary>
    /// <param name="value">The number; it is written to JSON as a plain number.</param>
    public ChannelValues(double value)
    {
        Values = [value];
        IsScalar = true;
    }

    /// <summary>One number for each channel.</summary>
    /// <param name="red">For red.</param>
    /// <param name="green">For green.</param>
    /// <param name="blue">For blue.</param>
    public ChannelValues(double red, double green, double blue) => Values = [red, green, blue];

    /// <summary>The mean of ImageNet's pixels, 0..1: 0.485, 0.456, 0.406.</summary>
    public static ChannelValues ImageNetMean { get; } = new(0.485, 0.456, 0.406);

    /// <summary>The standard deviation of ImageNet's pixels, 0..1: 0.229, 0.224, 0.225.</summary>
    public static ChannelValues ImageNetStandardDeviation { get; } = new(0.229, 0.224, 0.225);

    /// <summary>The numbers: one if <see cref="IsScalar"/>, else three.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Whether one number serves all channels.</summary>
    public bool IsScalar { get; }

    /// <summary>The number of a channel.</summary>
    /// <param name="channel">0 for red, 1 for green, 2 for blue.</param>
    public double this[int channel] => Values[IsScalar ? 0 : channel];

    /// <summary>One number for all channels.</summary>
    public static implicit operator ChannelValues(double value) => new(value);

    /// <inheritdoc/>
    public bool Equals(ChannelValues? other) => other is not null && IsScalar == other.IsScalar && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ChannelValues);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Values.Count, Values[0], Values[^1]);
}

/// <summary>Reads and writes <see cref="ChannelValues"/>.</summary>
internal sealed class ChannelValuesJsonConverter : JsonConverter<ChannelValues>
{
    public override ChannelValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return new ChannelValues(reader.GetDouble());
        }

        double[] values = JsonSerializer.Deserialize<double[]>(ref reader, options) ?? [];
        return values.Length == RgbImage.Channels
            ? new ChannelValues(values[0], values[1], values[2])
            : throw new JsonException($"Expected a number or a list of {RgbImage.Channels} numbers, one for each of R, G, B; got a list of {values.Length}.");
    }

    public override void Write(Utf8JsonWriter writer, ChannelValues value, JsonSerializerOptions options)
    {
        if (value.IsScalar)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (double number in value.Values)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
