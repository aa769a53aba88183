using System.Text.Json;
using MLNetVision.Imaging.Files;

namespace MLNetVision.Imaging.Masks;

/// <summary>Reads and writes the <c>segmentation</c> field of COCO annotations and results.</summary>
public static class CocoSegmentation
{
    private const int FewestNumbers = 6; // x and y of three points

    /// <summary>
    /// Reads polygons (a list of lists of numbers, united), or run lengths (an object with <c>size</c> and
    /// <c>counts</c>, counts being compressed text or a list).
    /// </summary>
    /// <param name="segmentation">The JSON of the field.</param>
    /// <param name="height">The image's height, which polygons need and run lengths must agree with.</param>
    /// <param name="width">The image's width.</param>
    /// <exception cref="FormatException">The field has none of these forms, or run lengths of another size, or broken ones.</exception>
    public static RunLengthMask Read(JsonElement segmentation, int height, int width) => Read(segmentation, height, width, new OutlineBudget());

    /// <summary>Reads one of several segmentations, whose polygons share what may be spent on them.</summary>
    internal static RunLengthMask Read(JsonElement segmentation, int height, int width, OutlineBudget budget)
    {
        if (segmentation.ValueKind == JsonValueKind.Array)
        {
            return ReadPolygons(segmentation, height, width, budget);
        }

        RunLengthMask mask = ReadRunLengths(segmentation);
        return mask.Height == height && mask.Width == width
            ? mask
            : throw new FormatException($"The segmentation's size is [{mask.Height}, {mask.Width}], where the image is [{height}, {width}] (height, width).");
    }

    /// <summary>
    /// Reads what tools write beside the rule: a single polygon that is not in a list of its own, and among polygons points and lines,
    /// which are left out as long as one polygon is there.
    /// </summary>
    /// <param name="segmentation">The JSON of the field.</param>
    /// <param name="height">The image's height.</param>
    /// <param name="width">The image's width.</param>
    /// <param name="budget">What the image's polygons may cost.</param>
    /// <param name="useless">How many points and lines were left out.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    internal static RunLengthMask ReadUseful(JsonElement segmentation, int height, int width, OutlineBudget budget, out int useless)
    {
        useless = 0;
        if (segmentation.ValueKind != JsonValueKind.Array)
        {
            return Read(segmentation, height, width, budget);
        }

        JsonElement[] polygons = segmentation.GetArrayLength() > 0 && segmentation.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [segmentation]
            : [.. segmentation.EnumerateArray()];
        JsonElement[] useful = [.. polygons.Where(polygon => polygon.ValueKind != JsonValueKind.Array || polygon.GetArrayLength() >= FewestNumbers)];
        if (useful.Length == 0)
        {
            throw new FormatException("The segmentation has no polygon of three points or more.");
        }

        useless = polygons.Length - useful.Length;
        return RunLengthMask.Union([.. useful.Select((polygon, index) => ReadPolygon(polygon, index, height, width, budget))]);
    }

    /// <summary>Reads an object with <c>size</c> [height, width] and <c>counts</c>, compressed or not.</summary>
    /// <exception cref="FormatException">A field is missing or has another form; the message says which.</exception>
    public static RunLengthMask ReadRunLengths(JsonElement runLengths)
    {
        if (runLengths.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"A segmentation is a list of polygons or an object with size and counts; {runLengths.ValueKind} came.");
        }

        (int height, int width) = ReadSize(runLengths);
        if (!TryField(runLengths, "counts", out JsonElement counts))
        {
            throw new FormatException("The segmentation has no 'counts'.");
        }

        return counts.ValueKind switch
        {
            JsonValueKind.String => RunLengthMask.FromCompressed(ReadText(counts), height, width),
            JsonValueKind.Array => RunLengthMask.FromCounts(ReadCounts(counts), height, width),
            _ => throw new FormatException($"The segmentation's 'counts' is compressed text or a list of whole numbers; {counts.ValueKind} came."),
        };
    }

    /// <summary>Writes an object with <c>size</c> and compressed <c>counts</c>.</summary>
    public static void Write(Utf8JsonWriter writer, RunLengthMask mask)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(mask);
        writer.WriteStartObject();
        writer.WriteStartArray("size");
        writer.WriteNumberValue(mask.Height);
        writer.WriteNumberValue(mask.Width);
        writer.WriteEndArray();
        writer.WriteString("counts", mask.ToCompressed());
        writer.WriteEndObject();
    }

    /// <summary>Writes polygons as lists of numbers, one list for each, holes joined by seams (<see cref="MaskPolygon.ToCoco"/>).</summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<MaskPolygon> polygons)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(polygons);
        writer.WriteStartArray();
        foreach (MaskPolygon polygon in polygons)
        {
            writer.WriteStartArray();
            foreach (double number in polygon.ToCoco())
            {
                writer.WriteNumberValue(number);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static RunLengthMask ReadPolygons(JsonElement polygons, int height, int width, OutlineBudget budget)
    {
        if (polygons.GetArrayLength() == 0)
        {
            throw new FormatException("The segmentation is an empty list; at least one polygon was expected.");
        }

        return RunLengthMask.Union([.. polygons.EnumerateArray().Select((polygon, index) => ReadPolygon(polygon, index, height, width, budget))]);
    }

    private static RunLengthMask ReadPolygon(JsonElement polygon, int index, int height, int width, OutlineBudget budget)
    {
        if (polygon.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException($"Polygon {index} is not a list of numbers but {polygon.ValueKind}; a segmentation is a list of polygons.");
        }

        double[] points = ReadNumbers(polygon, index);
        try
        {
            return RunLengthMask.FromPolygon(points, height, width, budget);
        }
        catch (ArgumentException e) when (e is not ArgumentOutOfRangeException)
        {
            throw new FormatException($"Polygon {index} is broken: {e.Message}", e);
        }
    }

    private delegate bool TryRead<T>(JsonElement item, out T number);

    private static double[] ReadNumbers(JsonElement polygon, int index) =>
        ReadAll(polygon, static (JsonElement item, out double number) => item.TryGetDouble(out number), $"Polygon {index}", "a number");

    private static long[] ReadCounts(JsonElement list) =>
        ReadAll<long>(list, TryReadWhole, "The segmentation's 'counts'", "a whole number");

    private static T[] ReadAll<T>(JsonElement list, TryRead<T> tryRead, string subject, string expected)
        where T : struct
    {
        var numbers = new T[list.GetArrayLength()];
        int i = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            numbers[i] = item.ValueKind == JsonValueKind.Number && tryRead(item, out T number)
                ? number
                : throw new FormatException($"{subject} has {JsonExcerpt.Of(item)} at index {i}, where {expected} was expected.");
            i++;
        }

        return numbers;
    }

    private static bool TryField(JsonElement runLengths, string name, out JsonElement value)
    {
        try
        {
            return runLengths.TryField(name, out value);
        }
        catch (InvalidDataException e)
        {
            throw new FormatException($"The segmentation is broken: {e.Message}.", e);
        }
    }

    private static string ReadText(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("The segmentation's 'counts' is not valid text.", e);
        }
    }

    private static (int Height, int Width) ReadSize(JsonElement runLengths)
    {
        if (!TryField(runLengths, "size", out JsonElement size) || size.ValueKind != JsonValueKind.Array || size.GetArrayLength() != 2
            || !TryReadLength(size[0], out int height) || !TryReadLength(size[1], out int width))
        {
            throw new FormatException($"The segmentation's 'size' must be [height, width], two whole numbers that are not negative; {JsonExcerpt.Of(size)} came.");
        }

        return (long)height * width <= int.MaxValue
            ? (height, width)
            : throw new FormatException($"The segmentation's 'size' is [{height}, {width}]: masks of 2^31 pixels or more are not supported.");
    }

    private static bool TryReadLength(JsonElement item, out int length)
    {
        length = 0;
        if (item.ValueKind != JsonValueKind.Number || !TryReadWhole(item, out long whole) || whole is < 0 or > int.MaxValue)
        {
            return false;
        }

        length = (int)whole;
        return true;
    }

    // Python's programs write whole numbers as 20.0 where they come out of arrays.
    private static bool TryReadWhole(JsonElement item, out long whole)
    {
        if (item.TryGetInt64(out whole))
        {
            return true;
        }

        bool isWhole = item.TryGetDouble(out double number) && Math.Abs(number) <= int.MaxValue && number == Math.Floor(number);
        whole = isWhole ? (long)number : 0;
        return isWhole;
    }
}
