using System.Text;
using System.Text.Json;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Predict;

/// <summary>The answers that a file of lines already holds, found by picture; only where they stand is kept in memory.</summary>
internal sealed class ExistingLines : IDisposable
{
    private readonly Dictionary<string, (JsonLineFile File, JsonLine Line)> _lines = new(StringComparer.Ordinal);
    private readonly List<JsonLineFile> _files = [];

    /// <summary>Reads the files that are there; a later one goes before an earlier one. A line that is broken off, or that names a problem, counts as none.</summary>
    public ExistingLines(params string[] files)
    {
        foreach (string path in files.Where(File.Exists))
        {
            var file = new JsonLineFile(path);
            _files.Add(file);
            foreach (JsonLine line in file.Lines(withUnended: false))
            {
                Note(file, line);
            }
        }
    }

    /// <summary>The line of a picture; null if there is none.</summary>
    public string? Find(string image) => _lines.TryGetValue(image, out (JsonLineFile File, JsonLine Line) place) ? Encoding.UTF8.GetString(place.File.Read(place.Line)) : null;

    public bool Contains(string image) => _lines.ContainsKey(image);

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Note(JsonLineFile file, JsonLine line)
    {
        try
        {
            using JsonDocument json = file.Parse(line);
            if (json.RootElement.TryGetProperty("image", out JsonElement image) && !json.RootElement.TryGetProperty("problem", out _))
            {
                _lines[image.GetString() ?? string.Empty] = (file, line);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Broken off, or written by something else: the picture is asked about again.
        }
    }
}
