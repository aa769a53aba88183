using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Writes predictions as lines of text: JSON objects, or comma-separated values.</summary>
/// <param name="classNames">The names of the network's classes.</param>
/// <param name="top">How many of the most probable classes are named, at least 1.</param>
/// <param name="segments">Whether the network segments, which decides the columns of comma-separated values.</param>
public sealed class PredictionLines(IReadOnlyList<string> classNames, int top, bool segments)
{
    // Lines are read by programs and people, never put into a page: names stay as they are.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first line of comma-separated values.</summary>
    public string CsvHeader => segments ? "image,segment,label,score,x0,y0,x1,y1,area,problem"
        : string.Join(',', (string[])["image", "label", "score", .. Enumerable.Range(2, Math.Max(0, Math.Min(top, classNames.Count) - 1)).SelectMany(i => (string[])[$"label{i}", $"score{i}"]), "problem"]);

    /// <summary>
    /// A prediction as one JSON object without line breaks: "image" and the request's "id"; of classes "label", "score" and "top"; of segments "height", "width" and
    /// "segments", each with id, label, score, box (x0 y0 x1 y1), area and mask (COCO's compressed run lengths); of a picture that could not be read "problem".
    /// </summary>
    public string ToJson(PicturePrediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            Write(writer, prediction);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the object of <see cref="ToJson"/> into a larger piece of JSON.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="prediction">The prediction.</param>
    /// <param name="more">Writes properties behind those of the prediction; null for none.</param>
    public void Write(Utf8JsonWriter writer, PicturePrediction prediction, Action<Utf8JsonWriter>? more = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(prediction);
        writer.WriteStartObject();
        writer.WriteString("image", prediction.Request.Image);
        if (prediction.Request.Id is { } id)
        {
            writer.WritePropertyName("id");
            writer.WriteRawValue(id);
        }

        if (prediction.Classification is { } classification)
        {
            Write(writer, classification);
        }
        else if (prediction.Segmentation is { } segmentation)
        {
            Write(writer, segmentation);
        }
        else
        {
            writer.WriteString("problem", prediction.Problem);
        }

        more?.Invoke(writer);
        writer.WriteEndObject();
    }

    /// <summary>A prediction as lines of comma-separated values: one of a picture, or one of each segment; one too of a picture without segments.</summary>
    public IEnumerable<string> ToCsv(PicturePrediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        string image = Quoted(prediction.Request.Image);
        int columns = CsvHeader.Count(c => c == ',');
        if (prediction.Classification is { } classification)
        {
            return [string.Join(',', (string[])[image, .. classification.Top(top).SelectMany(item => (string[])[Quoted(item.Name), Number(item.Probability)]), string.Empty])];
        }

        if (prediction.Segmentation is { Segments.Count: > 0 } segmentation)
        {
            return segmentation.Segments.Select(segment => string.Join(',', (string[])[
                image, segment.Id.ToString(CultureInfo.InvariantCulture), Quoted(NameOf(segment)), Number(segment.Score), .. Corners(segment.Box).Select(Number), Number(segment.Area), string.Empty]));
        }

        return [image + new string(',', columns) + (prediction.Problem is { } problem ? Quoted(problem) : string.Empty)];
    }

    private string NameOf(PredictedSegment segment) => segment.LabelId < classNames.Count ? classNames[segment.LabelId] : segment.LabelId.ToString(CultureInfo.InvariantCulture);

    private void Write(Utf8JsonWriter writer, Classification classification)
    {
        ClassProbability best = classification.Best;
        writer.WriteString("label", best.Name);
        Write(writer, "score", best.Probability);
        if (top > 1)
        {
            writer.WriteStartArray("top");
            foreach (ClassProbability item in classification.Top(top))
            {
                writer.WriteStartObject();
                writer.WriteString("label", item.Name);
                Write(writer, "score", item.Probability);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }
    }

    private void Write(Utf8JsonWriter writer, SegmentationResult segmentation)
    {
        writer.WriteNumber("height", segmentation.Height);
        writer.WriteNumber("width", segmentation.Width);
        writer.WriteStartArray("segments");
        foreach (PredictedSegment segment in segmentation.Segments)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", segment.Id);
            writer.WriteString("label", NameOf(segment));
            Write(writer, "score", segment.Score);
            writer.WriteStartArray("box");
            foreach (double corner in Corners(segment.Box))
            {
                writer.WriteNumberValue(corner);
            }

            writer.WriteEndArray();
            writer.WriteNumber("area", segment.Area);
            writer.WritePropertyName("mask");
            CocoSegmentation.Write(writer, segment.Mask);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // A network whose weights are not finite has scores that JSON cannot hold.
    private static void Write(Utf8JsonWriter writer, string name, float score)
    {
        if (float.IsFinite(score))
        {
            writer.WriteNumber(name, score);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static double[] Corners(BoundingBox box) => [box.X, box.Y, box.Right, box.Bottom];

    private static string Number(float value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 && text == text.Trim() ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
