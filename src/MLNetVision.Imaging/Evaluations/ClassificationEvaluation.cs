using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Reports;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>
/// Is shown a classification picture by picture, and writes what is to be known of it: a report, or a folder of tables, curves and pictures.
/// Beside the counts only the worst pictures so far and a sample are kept, by their files.
/// </summary>
public sealed class ClassificationEvaluation
{
    private const int DefaultWorst = 24;
    private const int DefaultSide = 160;
    private const int NamedInReport = 10;

    private readonly ClassificationEvaluator _evaluator;
    private readonly EvaluationOptions _options;
    private readonly WorstOf<Shown> _worst;
    private readonly SampleOf<Shown> _sample;
    private readonly List<Shown> _unreadable = [];

    /// <summary>Starts without pictures.</summary>
    /// <param name="classNames">A name for each class.</param>
    /// <param name="options">What is shown; the defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ClassificationEvaluation(IReadOnlyList<string> classNames, EvaluationOptions? options = null)
    {
        _options = options ?? new EvaluationOptions();
        _options.Validate();
        _evaluator = new ClassificationEvaluator(classNames) { NamedClasses = _options.NamedClasses };
        WorstPictures = _options.WorstPictures ?? DefaultWorst;
        _worst = new WorstOf<Shown>(WorstPictures);
        _sample = new SampleOf<Shown>(_options.SamplePictures);
    }

    private sealed record Shown(string Name, int Truth, float TruthProbability, int Predicted, float Confidence, ImageSource? Picture)
    {
        public bool IsRight => Predicted == Truth;
    }

    /// <summary>The pictures so far.</summary>
    public long PictureCount => _evaluator.PictureCount;

    private int WorstPictures { get; }

    private IReadOnlyList<string> Names => _evaluator.ClassNames;

    /// <summary>Adds a picture.</summary>
    /// <param name="trueClass">Its class, from 0.</param>
    /// <param name="probabilities">The probability of each class, from 0 to 1; those of a picture that could not be read are not numbers, and it counts as wrong.</param>
    /// <param name="name">What the picture is called where it is no file.</param>
    /// <param name="picture">Gives the picture, and is asked only where it may be shown; null where there is none.</param>
    /// <returns>The class of the highest probability; −1 without a prediction.</returns>
    /// <exception cref="ArgumentException">There is no such class, there are not as many probabilities as classes, or one is not between 0 and 1.</exception>
    public int Add(int trueClass, ReadOnlySpan<float> probabilities, string name, Func<ImageSource?>? picture = null)
    {
        int predicted = _evaluator.Add(trueClass, probabilities);
        Shown? made = null;
        (float truth, float confidence) = predicted < 0 ? (float.NaN, float.NaN) : (probabilities[trueClass], probabilities[predicted]);
        _sample.Offer(Make);
        if (predicted >= 0)
        {
            // Wrong ones come first by their confidence, then right ones, the least sure first.
            _worst.Offer(predicted == trueClass ? -confidence : confidence, Make);
        }
        else if (_unreadable.Count < Math.Max(WorstPictures, NamedInReport))
        {
            _unreadable.Add(Make());
        }

        return predicted;

        Shown Make() => made ??= new Shown(name, trueClass, truth, predicted, confidence, picture?.Invoke());
    }

    /// <summary>The figures for the pictures so far.</summary>
    public ClassificationMetrics Compute() => _evaluator.Compute();

    /// <summary>
    /// Writes a report as one HTML file that needs no other: figures, classes, confusion matrices, thresholds, calibration, the curves of a
    /// training, and the worst pictures, those that are surely wrong first.
    /// </summary>
    /// <param name="path">The file to write; one that exists is replaced, and its folder is made if need be.</param>
    /// <returns>The figures.</returns>
    public ClassificationMetrics SaveReport(string path)
    {
        ClassificationMetrics metrics = Compute();
        SaveReport(path, metrics);
        return metrics;
    }

    /// <summary>
    /// Writes a folder: metrics.json, per_class.csv, confusion_matrix.csv and .svg, confusion_matrix_normalized.svg, PR_curve.svg, F1_curve.svg,
    /// thresholds.csv, worst.csv, val_batch0_labels.jpg and val_batch0_pred.jpg (a sample with its truth, and with what was said) and report.html.
    /// </summary>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public ClassificationMetrics Save(string folder)
    {
        var files = new EvaluationFolder(folder);
        ClassificationMetrics metrics = Compute();
        files.Write(EvaluationFolder.Metrics, EvaluationFolder.WithThreshold(metrics.ToJson(), metrics.Thresholds));
        files.Write(EvaluationFolder.Classes, metrics.ToCsv());
        files.Write("confusion_matrix.csv", metrics.ConfusionMatrix.ToCsv());
        files.Write("confusion_matrix.svg", SvgCharts.Confusion(metrics.ConfusionMatrix));
        files.Write("confusion_matrix_normalized.svg", SvgCharts.Confusion(metrics.ConfusionMatrix, normalized: true));
        files.Write("PR_curve.svg", SvgCharts.PrecisionRecall(metrics.Thresholds));
        files.Write("F1_curve.svg", SvgCharts.F1(metrics.Thresholds));
        files.Write(EvaluationFolder.Thresholds, metrics.Thresholds.ToCsv());
        files.Write(EvaluationFolder.Worst, WorstCsv());
        SaveSample(files);
        SaveReport(files.File(EvaluationFolder.Report), metrics);
        return metrics;
    }

    private string WorstCsv() => CsvText.Write(
        ["rank", "picture", "truth", "predicted", "confidence", "truth probability", "right"],
        _unreadable.Take(WorstPictures).Concat(_worst.Ordered()).Select((shown, i) => (IReadOnlyList<object?>)
            [i + 1, EvaluationFolder.NameOf(shown.Picture, shown.Name), Names[shown.Truth], shown.Predicted < 0 ? null : Names[shown.Predicted], shown.Confidence, shown.TruthProbability, shown.IsRight ? "yes" : "no"]));

    private void SaveSample(EvaluationFolder files)
    {
        (Shown Shown, RgbImage? Picture)[] sample = [.. _sample.Ordered().Select(shown => (shown, EvaluationFolder.Decode(() => shown.Picture?.Load()).Picture))];
        files.Write(EvaluationFolder.Labels, PictureMosaic.ToJpeg([.. sample.Select(item => new MosaicTile(item.Picture, Names[item.Shown.Truth]))], DefaultSide));
        files.Write(EvaluationFolder.Predictions, PictureMosaic.ToJpeg(
            [.. sample.Select(item => new MosaicTile(item.Picture, item.Shown.Predicted < 0 ? "not read" : FormattableString.Invariant($"{Names[item.Shown.Predicted]} {item.Shown.Confidence:0.00}")) { IsRight = item.Shown.IsRight })],
            DefaultSide));
    }

    private void SaveReport(string path, ClassificationMetrics metrics)
    {
        using var report = new ClassificationReport(path, _options.Title ?? "Classification report", _options.LongestSide ?? DefaultSide);
        report.AddText(FormattableString.Invariant($"{metrics.PictureCount} pictures, {Names.Count} classes"));
        if (metrics.UnreadableCount > 0)
        {
            string shown = string.Join("; ", _unreadable.Take(NamedInReport).Select(ShortName));
            report.AddText(FormattableString.Invariant($"{metrics.UnreadableCount} pictures have no prediction, and count as wrong: {shown}"));
        }

        if (_options.NamedClasses is { } named && named < Names.Count)
        {
            report.AddText(FormattableString.Invariant(
                $"The predictions name the {named} most probable of {Names.Count} classes: there is no log-loss, and the curves take what is not named for 0."));
        }

        report.AddMetrics(metrics);
        if (_options.TrainingDrawing is { } training)
        {
            report.AddDrawing(training);
        }

        IReadOnlyList<Shown> worst = _worst.Ordered();
        int wrong = worst.Count(shown => !shown.IsRight);
        if (worst.Count > 0)
        {
            report.AddText(FormattableString.Invariant($"The {worst.Count} worst pictures: {wrong} wrong, the surest first{(wrong < worst.Count ? ", then the least sure of those that are right" : string.Empty)}."));
        }

        foreach (Shown shown in worst)
        {
            (RgbImage? picture, string problem) = EvaluationFolder.Decode(() => shown.Picture?.Load());
            report.AddPicture(ShortName(shown) + (problem.Length > 0 ? $" (no picture: {problem})" : string.Empty), picture, Names[shown.Truth], shown.TruthProbability, Names[shown.Predicted], shown.Confidence);
        }
    }

    // The folder often is the label.
    private static string ShortName(Shown shown) => shown.Picture?.Path is { } path
        ? string.Join('/', path.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).TakeLast(2))
        : shown.Name;
}
