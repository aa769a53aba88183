using System.Text.Json;
using System.Text.Json.Serialization;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Pictures;

/// <summary>
/// The size that a processor gives to pictures: both sides, or a rule that keeps the aspect ratio. The size and
/// crop_size of preprocessor_config.json, which may also be a number or a list [height, width].
/// </summary>
public sealed record ImageSize
{
    /// <summary>The height in pixels; with <see cref="Width"/> only.</summary>
    public int? Height { get; init; }

    /// <summary>The width in pixels; with <see cref="Height"/> only.</summary>
    public int? Width { get; init; }

    /// <summary>The length of the shorter side in pixels.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>The largest length of the longer side in pixels.</summary>
    public int? LongestEdge { get; init; }

    /// <summary>Whether both sides are given.</summary>
    [JsonIgnore]
    public bool IsFixed => Height is not null && Width is not null;

    /// <summary>Both sides.</summary>
    /// <param name="height">The height, at least 1.</param>
    /// <param name="width">The width, at least 1.</param>
    public static ImageSize Fixed(int height, int width) => new() { Height = height, Width = width };

    /// <summary>The shorter side.</summary>
    /// <param name="length">Its length, at least 1.</param>
    public static ImageSize Shortest(int length) => new() { ShortestEdge = length };

    /// <summary>The shorter side, unless the longer one became too long.</summary>
    /// <param name="shortest">The shorter side's length, at least 1.</param>
    /// <param name="longest">The longer side's largest length.</param>
    public static ImageSize Edges(int shortest, int longest) => new() { ShortestEdge = shortest, LongestEdge = longest };

    /// <summary>What is wrong with the size, or null.</summary>
    internal string? Problem()
    {
        int?[] lengths = [Height, Width, ShortestEdge, LongestEdge];
        return lengths.Any(length => length < 1) ? $"has a length below 1 ({this})"
            : (Height is null) != (Width is null) ? $"has only one of height and width ({this})"
            : IsFixed && (ShortestEdge ?? LongestEdge) is not null ? $"has both sides and edges ({this})"
            : !IsFixed && (ShortestEdge ?? LongestEdge) is null ? "is empty"
            : (long)(Height ?? ShortestEdge ?? 1) * (Width ?? LongestEdge ?? 1) > PictureLimits.MaximumPixels ? $"has more pixels than a picture may ({this})"
            : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        (string Name, int? Length)[] parts = [("height", Height), ("width", Width), ("shortest_edge", ShortestEdge), ("longest_edge", LongestEdge)];
        return string.Join(", ", parts.Where(part => part.Length is not null).Select(part => $"{part.Name} {part.Length}"));
    }
}

/// <summary>Reads a size of which a plain number means the shortest edge.</summary>
internal class ImageSizeJsonConverter : JsonConverter<ImageSize>
{
    public override ImageSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return FromNumber(reader.GetInt32());
            case JsonTokenType.StartArray:
                int[] sides = JsonSerializer.Deserialize<int[]>(ref reader, options) ?? [];
                return sides.Length == 2
                    ? ImageSize.Fixed(sides[0], sides[1])
                    : throw new JsonException($"Expected [height, width]; got a list of {sides.Length}.");
            default:
                return JsonSerializer.Deserialize<ImageSize>(ref reader, options) ?? throw new JsonException("Expected a size; got null.");
        }
    }

    public override void Write(Utf8JsonWriter writer, ImageSize value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, options);

    protected virtual ImageSize FromNumber(int number) => ImageSize.Shortest(number);
}

/// <summary>Reads a size of which a plain number means both sides.</summary>
internal sealed class SquareSizeJsonConverter : ImageSizeJsonConverter
{
    protected override ImageSize FromNumber(int number) => ImageSize.Fixed(number, number);
}

/// <summary>Reads Pillow's number of a filter.</summary>
internal sealed class ResamplingJsonConverter : JsonConverter<Resampling>
{
    public override Resampling Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var resampling = (Resampling)reader.GetInt32();
        return Enum.IsDefined(resampling) ? resampling : throw new JsonException($"There is no filter {(int)resampling}; expected 0 to 5.");
    }

    public override void Write(Utf8JsonWriter writer, Resampling value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value);
}
