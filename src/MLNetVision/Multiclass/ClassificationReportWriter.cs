using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Reports;

namespace MLNetVision.Multiclass;

/// <summary>Evaluates a view in one pass and writes the report; only the worst pictures so far are kept.</summary>
internal static class ClassificationReportWriter
{
    private sealed record Shown(long Row, int Truth, float TruthProbability, int Predicted, float Confidence, ImageSource? Picture)
    {
        /// <summary>Worse is higher: wrong ones above 0 by their confidence, right ones below by theirs; those without a prediction are named apart.</summary>
        public double Badness => Predicted == Truth ? -Confidence : Confidence;
    }

    public static ClassificationMetrics Write(IDataView data, string path, ClassificationReportOptions options, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var rows = ClassificationRows.Find(data.Schema, options.LabelColumnName, options.ScoreColumnName);
        ImageColumn? images = data.Schema.GetColumnOrNull(options.ImageColumnName) is null ? null : ImageColumn.Find(data.Schema, options.ImageColumnName);
        var worst = new PriorityQueue<Shown, double>();
        var unreadable = new List<Shown>();
        ClassificationMetrics metrics = rows.Evaluate(data, images is null ? [] : [images.Column], Begin, environment).Compute();
        Write(path, options, rows.ClassNames, metrics, [.. worst.UnorderedItems.Select(item => item.Element).OrderByDescending(shown => shown.Badness).ThenBy(shown => shown.Row)], unreadable);
        return metrics;

        Action<int, float[], int> Begin(DataViewRow cursor)
        {
            Func<ImageSource?>? readPicture = images?.CreateReader(cursor);
            return (truth, probabilities, predicted) =>
            {
                if (predicted < 0)
                {
                    if (unreadable.Count < options.WorstPictures)
                    {
                        unreadable.Add(new Shown(cursor.Position, truth, float.NaN, predicted, float.NaN, readPicture?.Invoke()));
                    }

                    return;
                }

                // The picture is read only where it may be shown: most rows' never is.
                var shown = new Shown(cursor.Position, truth, probabilities[truth], predicted, probabilities[predicted], null);
                if (options.WorstPictures > 0 && (worst.Count < options.WorstPictures || shown.Badness > worst.Peek().Badness))
                {
                    worst.Enqueue(shown with { Picture = readPicture?.Invoke() }, shown.Badness);
                    if (worst.Count > options.WorstPictures)
                    {
                        worst.Dequeue();
                    }
                }
            };
        }
    }

    private static void Write(
        string path, ClassificationReportOptions options, IReadOnlyList<string> names, ClassificationMetrics metrics, Shown[] worst, List<Shown> unreadable)
    {
        using var report = new ClassificationReport(path, options.Title, options.LongestSide);
        report.AddText(FormattableString.Invariant($"{metrics.PictureCount} pictures, {names.Count} classes"));
        if (metrics.UnreadableCount > 0)
        {
            string named = string.Join("; ", unreadable.Take(10).Select(NameOf));
            report.AddText(FormattableString.Invariant($"{metrics.UnreadableCount} pictures have no prediction, since they could not be read, and count as wrong: {named}"));
        }

        report.AddMetrics(metrics);
        if (options.Training is { History.Count: > 0 } training)
        {
            report.AddDrawing(training.ToSvg());
        }

        int wrong = worst.Count(shown => shown.Predicted != shown.Truth);
        if (worst.Length > 0)
        {
            report.AddText(FormattableString.Invariant($"The {worst.Length} worst pictures: {wrong} wrong, the surest first{(wrong < worst.Length ? ", then the least sure of those that are right" : string.Empty)}."));
        }

        foreach (Shown shown in worst)
        {
            (RgbImage? picture, string note) = Decode(shown.Picture);
            report.AddPicture(NameOf(shown) + note, picture, names[shown.Truth], shown.TruthProbability, names[shown.Predicted], shown.Confidence);
        }
    }

    // The folder often is the label.
    private static string NameOf(Shown shown) => shown.Picture?.Path is { } path
        ? string.Join('/', path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).TakeLast(2))
        : FormattableString.Invariant($"row {shown.Row}");

    private static (RgbImage? Picture, string Note) Decode(ImageSource? source)
    {
        try
        {
            return (source?.Load(), string.Empty);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return (null, $" (no picture: {e.Message})");
        }
    }
}
