using System.Text.Json;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Predicted segments in lines of JSON: of each only where it stands is kept.</summary>
internal sealed class SavedLines : ISavedPredictions
{
    private readonly JsonLineFile _file;
    private readonly List<(string Image, JsonLine Line)> _rows = [];
    private readonly Dictionary<string, int> _numbers;

    private SavedLines(JsonLineFile file, List<(string Image, JsonLine Line)> rows, IEnumerable<string> labels)
    {
        (_file, _rows, ClassNames) = (file, rows, [.. labels.Order(StringComparer.Ordinal)]);
        _numbers = ClassNames.Index().ToDictionary(item => item.Item, item => item.Index, StringComparer.Ordinal);
        Images = [.. rows.Select(row => row.Image)];
    }

    public bool HasSegments => true;

    public bool HasScores => true;

    public IReadOnlyList<string> ClassNames { get; }

    public int? NamedClasses => null;

    public IReadOnlyList<string> Images { get; }

    /// <summary>Reads lines of classes, or indexes those of segments.</summary>
    /// <exception cref="InvalidDataException">The lines are of both kinds.</exception>
    public static ISavedPredictions Read(string path, Action<string>? problemFound)
    {
        var file = new JsonLineFile(path);
        try
        {
            var classes = new SavedClasses();
            var rows = new List<(string Image, JsonLine Line)>();
            var labels = new HashSet<string>(StringComparer.Ordinal);
            bool hasClasses = false, hasSegments = false;
            foreach (JsonLine line in file.Lines())
            {
                try
                {
                    using JsonDocument json = file.Parse(line);
                    string image = ImageOf(json.RootElement);
                    string? problem = Problem(json.RootElement);
                    if (json.RootElement.TryGetProperty("segments", out _))
                    {
                        labels.UnionWith(Segments(json.RootElement, _ => 0).Segments.Select(segment => segment.ClassName));
                        hasSegments = true;
                    }
                    else
                    {
                        classes.Add(image, problem is null ? Named(json.RootElement) : [], problem);
                        hasClasses |= problem is null;
                    }

                    rows.Add((image, line));
                }
                catch (Exception e) when (e is JsonException or InvalidDataException or FormatException or InvalidOperationException or KeyNotFoundException)
                {
                    problemFound?.Invoke($"line {line.Number} of '{path}' is left out: {e.Message}");
                }
            }

            if (hasClasses && hasSegments)
            {
                throw new InvalidDataException($"'{path}' has predictions of classes and of segments: expected those of one network.");
            }

            if (hasSegments)
            {
                return new SavedLines(file, rows, labels);
            }

            file.Dispose();
            return classes;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public PicturePrediction Read(int place)
    {
        (string image, JsonLine line) = _rows[place];
        using JsonDocument json = _file.Parse(line);
        var request = new PictureRequest { Image = image };
        return Problem(json.RootElement) is { } problem ? new PicturePrediction(request, null, null, problem)
            : new PicturePrediction(request, null, Segments(json.RootElement, name => _numbers[name]), null);
    }

    public void Dispose() => _file.Dispose();

    private static string ImageOf(JsonElement line) =>
        line.ValueKind == JsonValueKind.Object && line.TryGetProperty("image", out JsonElement image) && image.GetString() is { Length: > 0 } name ? name : throw new InvalidDataException("it names no \"image\"");

    private static string? Problem(JsonElement line) => line.TryGetProperty("problem", out JsonElement problem) ? problem.GetString() ?? "it has no prediction" : null;

    private static List<(string Label, float Score)> Named(JsonElement line)
    {
        IEnumerable<JsonElement> items = line.TryGetProperty("top", out JsonElement top) ? top.EnumerateArray() : [line];
        return [.. items.Select(item => (item.GetProperty("label").GetString() ?? throw new InvalidDataException("a class has no label"), item.GetProperty("score") is { ValueKind: JsonValueKind.Number } score ? score.GetSingle() : float.NaN))];
    }

    private static SegmentationResult Segments(JsonElement line, Func<string, int> numberOf)
    {
        (int height, int width) = (line.GetProperty("height").GetInt32(), line.GetProperty("width").GetInt32());
        var segments = new List<PredictedSegment>();
        foreach (JsonElement segment in line.GetProperty("segments").EnumerateArray())
        {
            string label = segment.GetProperty("label").GetString() ?? throw new InvalidDataException("a segment has no label");
            RunLengthMask mask = CocoSegmentation.Read(segment.GetProperty("mask"), height, width);
            float score = segment.GetProperty("score") is { ValueKind: JsonValueKind.Number } number ? number.GetSingle() : throw new InvalidDataException("a segment has no score");
            segments.Add(new PredictedSegment(segments.Count + 1, numberOf(label), score, mask) { ClassName = label });
        }

        return new SegmentationResult(height, width, segments);
    }
}
