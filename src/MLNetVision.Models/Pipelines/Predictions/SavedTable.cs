using System.Globalization;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Reads predicted classes from comma-separated values.</summary>
internal static class SavedTable
{
    /// <exception cref="InvalidDataException">There are no such columns.</exception>
    public static ISavedPredictions Read(string path, Action<string>? problemFound)
    {
        (int Number, IReadOnlyList<string> Fields)[] rows = [.. CsvText.Read(File.ReadAllText(path), ',')];
        List<string> header = rows.Length > 0 ? [.. rows[0].Fields] : [];
        if (header.Contains("segment"))
        {
            throw new InvalidDataException($"'{path}' has boxes of segments, but not their masks, which figures need: let predict write JSON lines (--format jsonl) or a COCO file.");
        }

        int image = header.IndexOf("image"), problem = header.IndexOf("problem");
        (int Label, int Score)[] named = [.. header.Index().Where(column => column.Item.StartsWith("label", StringComparison.Ordinal))
            .Select(column => (column.Index, header.IndexOf("score" + column.Item[5..])))];
        if (image < 0 || named.Length == 0 || named.Any(column => column.Score < 0))
        {
            throw new InvalidDataException($"'{path}' has the columns {string.Join(", ", header)}; expected image, label and score, as predict writes them.");
        }

        var found = new SavedClasses();
        foreach ((int number, IReadOnlyList<string> fields) in rows.Skip(1))
        {
            try
            {
                if (fields.Count != header.Count)
                {
                    throw new InvalidDataException($"it has {fields.Count} fields, not {header.Count}");
                }

                string? why = problem >= 0 && fields[problem].Length > 0 ? fields[problem] : null;
                found.Add(fields[image], why is not null ? [] : [.. named.Where(column => fields[column.Label].Length > 0).Select(column => (fields[column.Label], float.Parse(fields[column.Score], CultureInfo.InvariantCulture)))], why);
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                problemFound?.Invoke($"line {number} of '{path}' is left out: {e.Message}");
            }
        }

        return found;
    }
}
