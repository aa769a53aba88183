using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Reports;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>
/// Is shown a segmentation image by image, and writes what is to be known of it: a report, or a folder of tables, curves and pictures. Beside
/// the counts only the worst images so far and a sample are kept, with their segments.
/// </summary>
public sealed class SegmentationEvaluation
{
    private const int DefaultWorst = 12;
    private const int DefaultSide = 520;
    private const int MosaicSide = 300;
    private const int NamedInReport = 20;

    private readonly SegmentationTask _task;
    private readonly IReadOnlyList<string> _names;
    private readonly Func<ISegmentEvaluator> _create;
    private readonly ISegmentEvaluator _all;
    private readonly InstanceEvaluator? _scoredMasks;
    private readonly InstanceEvaluator? _scoredBoxes;
    private readonly SegmentConfusion? _confusion;
    private readonly EvaluationOptions _options;
    private readonly WorstOf<Shown> _worst;
    private readonly SampleOf<Shown> _sample;
    private readonly List<string> _missed = [];
    private long _imageCount;

    /// <summary>Starts without images.</summary>
    /// <param name="task">What is evaluated.</param>
    /// <param name="classNames">A name for each class.</param>
    /// <param name="isThing">Of panoptic segmentation, which classes are things; null if that is not known.</param>
    /// <param name="hasScores">Whether predictions have scores, so that they can depend on a threshold; always taken as true of instance segmentation, and no matter of semantic.</param>
    /// <param name="options">What is shown; the defaults if null.</param>
    /// <param name="boundaryRatio">Of semantic segmentation, the width of the outlines that boundary IoU compares, as a part of the image's diagonal; in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SegmentationEvaluation(
        SegmentationTask task, IReadOnlyList<string> classNames, IReadOnlyList<bool>? isThing = null, bool hasScores = true, EvaluationOptions? options = null, double boundaryRatio = 0.02)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        _task = task;
        _names = [.. classNames];
        _options = options ?? new EvaluationOptions();
        _options.Validate();
        _create = task switch
        {
            SegmentationTask.Semantic => () => new SemanticEvaluator(_names, boundaryRatio),
            SegmentationTask.Instance => () => new InstanceEvaluator(_names, OverlapKind.Masks),
            SegmentationTask.Panoptic => () => new PanopticEvaluator(_names, isThing),
            _ => throw new ArgumentOutOfRangeException(nameof(task), task, "One of the values of SegmentationTask was expected."),
        };
        _all = _create();
        _scoredMasks = _all as InstanceEvaluator ?? (task == SegmentationTask.Panoptic && hasScores ? new InstanceEvaluator(_names, OverlapKind.Masks) : null);
        _scoredBoxes = task == SegmentationTask.Instance ? new InstanceEvaluator(_names, OverlapKind.Boxes) : null;
        _confusion = task == SegmentationTask.Semantic ? null : new SegmentConfusion(_names);
        _worst = new WorstOf<Shown>(_options.WorstPictures ?? DefaultWorst);
        _sample = new SampleOf<Shown>(_options.SamplePictures);
    }

    private sealed record Shown(long ImageId, IReadOnlyList<Segment> Truth, IReadOnlyList<Segment> Prediction, double Figure, string Problem, ImageSource? Picture);

    /// <summary>The images so far.</summary>
    public long ImageCount => _imageCount;

    /// <summary>Those of them that nobody could segment.</summary>
    public long MissedCount => _all.MissedCount;

    /// <summary>Adds an image.</summary>
    /// <param name="imageId">A number that no other image has.</param>
    /// <param name="truth">The true segments, with masks.</param>
    /// <param name="prediction">The predicted segments, with masks.</param>
    /// <param name="picture">Gives the picture, and is asked only where it may be shown; null where there is none.</param>
    /// <exception cref="ArgumentException">A segment is not fit for this task; the message names the image and the segment.</exception>
    public void Add(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction, Func<ImageSource?>? picture = null) =>
        Add(imageId, truth, prediction, string.Empty, picture, evaluator => evaluator.Add(imageId, truth, prediction));

    /// <summary>Adds an image whose picture could not be read, say: all of its truth counts as missed.</summary>
    /// <param name="imageId">A number that no other image has.</param>
    /// <param name="truth">The true segments, with masks.</param>
    /// <param name="reason">Why there is no prediction.</param>
    /// <param name="picture">Gives the picture; null where there is none.</param>
    /// <exception cref="ArgumentException">A segment is not fit for this task; the message names the image and the segment.</exception>
    public void AddMissed(long imageId, IReadOnlyList<Segment> truth, string reason, Func<ImageSource?>? picture = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (_missed.Count < NamedInReport)
        {
            _missed.Add(reason);
        }

        Add(imageId, truth, [], reason, picture, evaluator => evaluator.AddMissed(imageId, truth));
    }

    /// <summary>The figures for the images so far.</summary>
    public SegmentationFigures Compute()
    {
        SegmentationFigures figures = FiguresOf(_all);
        return figures with
        {
            Boxes = _scoredBoxes?.Compute(),
            Thresholds = _scoredMasks?.ComputeThresholds(),
            BoxThresholds = _scoredBoxes?.ComputeThresholds(),
            ConfusionMatrix = _confusion?.Compute() ?? figures.Semantic?.ConfusionMatrix,
        };
    }

    /// <summary>Writes a report as one HTML file that needs no other: figures, classes, charts and the worst images first, truth and prediction drawn over the picture.</summary>
    /// <param name="path">The file to write; one that exists is replaced, and its folder is made if need be.</param>
    /// <returns>The figures.</returns>
    public SegmentationFigures SaveReport(string path)
    {
        SegmentationFigures figures = Compute();
        SaveReport(path, figures);
        return figures;
    }

    /// <summary>
    /// Writes a folder: metrics.json, per_class.csv, confusion_matrix.csv and .svg, confusion_matrix_normalized.svg, worst.csv,
    /// val_batch0_labels.jpg and val_batch0_pred.jpg (a sample with its true segments, and with the predicted ones) and report.html; where there are
    /// scores MaskPR_curve.svg, MaskF1_curve.svg and thresholds.csv, and of instances BoxPR_curve.svg, BoxF1_curve.svg and box_thresholds.csv.
    /// </summary>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <returns>The figures.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public SegmentationFigures Save(string folder)
    {
        var files = new EvaluationFolder(folder);
        SegmentationFigures figures = Compute();
        files.Write(EvaluationFolder.Metrics, figures.ToJson());
        files.Write(EvaluationFolder.Classes, figures.ToCsv());
        files.Write("confusion_matrix.csv", figures.ConfusionMatrix!.ToCsv());
        files.Write("confusion_matrix.svg", SvgCharts.Confusion(figures.ConfusionMatrix));
        files.Write("confusion_matrix_normalized.svg", SvgCharts.Confusion(figures.ConfusionMatrix, normalized: true));
        SaveCurves(files, "Mask", EvaluationFolder.Thresholds, figures.Thresholds);
        SaveCurves(files, "Box", "box_thresholds.csv", figures.BoxThresholds);
        files.Write(EvaluationFolder.Worst, WorstCsv(figures));
        SaveSample(files);
        SaveReport(files.File(EvaluationFolder.Report), figures);
        return figures;
    }

    private static void SaveCurves(EvaluationFolder files, string kind, string table, ThresholdCurves? thresholds)
    {
        (string precision, string f1) = ($"{kind}PR_curve.svg", $"{kind}F1_curve.svg");
        if (thresholds is null)
        {
            files.Delete(precision, f1, table);
            return;
        }

        files.Write(precision, SvgCharts.PrecisionRecall(thresholds));
        files.Write(f1, SvgCharts.F1(thresholds));
        files.Write(table, thresholds.ToCsv());
    }

    private static SegmentationFigures FiguresOf(ISegmentEvaluator evaluator) => evaluator switch
    {
        SemanticEvaluator semantic => new SegmentationFigures(SegmentationTask.Semantic) { Semantic = semantic.Compute() },
        InstanceEvaluator instance => new SegmentationFigures(SegmentationTask.Instance) { Instance = instance.Compute() },
        _ => new SegmentationFigures(SegmentationTask.Panoptic) { Panoptic = ((PanopticEvaluator)evaluator).Compute() },
    };

    private void Add(
        long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction, string problem, Func<ImageSource?>? picture, Action<ISegmentEvaluator> show)
    {
        show(_all);
        foreach (InstanceEvaluator? further in (ReadOnlySpan<InstanceEvaluator?>)[ReferenceEquals(_scoredMasks, _all) ? null : _scoredMasks, _scoredBoxes])
        {
            if (further is not null)
            {
                show(further);
            }
        }

        _imageCount++;
        _confusion?.Add(truth, Visible(prediction));
        double figure = FigureAlone(imageId, truth, prediction, show);
        Shown? made = null;
        _sample.Offer(Make);
        if (!double.IsNaN(figure))
        {
            _worst.Offer(-figure, Make);
        }

        Shown Make() => made ??= new Shown(imageId, truth, prediction, figure, problem, picture?.Invoke());
    }

    // Of semantic segmentation only the classes that are there: pairs of all would be counted anew for each image.
    private double FigureAlone(long imageId, IReadOnlyList<Segment> truth, IReadOnlyList<Segment> prediction, Action<ISegmentEvaluator> show)
    {
        if (_all is SemanticEvaluator all)
        {
            int[] present = [.. truth.Concat(prediction).Select(segment => segment.Class).Distinct().Order()];
            var some = new SemanticEvaluator([.. present.Select(c => _names[c])], all.BoundaryRatio);
            some.Add(imageId, Among(truth), Among(prediction));
            return some.Compute().MeanIoU;

            Segment[] Among(IReadOnlyList<Segment> segments) => [.. segments.Select(segment => segment with { Class = Array.BinarySearch(present, segment.Class) })];
        }

        ISegmentEvaluator alone = _create();
        show(alone);
        return FiguresOf(alone).Figure;
    }

    /// <summary>The predictions that are drawn, the surest first.</summary>
    private IEnumerable<Segment> Visible(IEnumerable<Segment> prediction) =>
        prediction.Where(segment => _task != SegmentationTask.Instance || segment.Score >= _options.ScoreThreshold).OrderByDescending(segment => segment.Score);

    private string WorstCsv(SegmentationFigures figures) => CsvText.Write(
        ["rank", "image id", "picture", figures.FigureName, "true segments", "predicted segments", "problem"],
        _worst.Ordered().Select((shown, i) => (IReadOnlyList<object?>)[i + 1, shown.ImageId, shown.Picture?.Path, shown.Figure, shown.Truth.Count, shown.Prediction.Count, shown.Problem]));

    private void SaveSample(EvaluationFolder files)
    {
        var drawing = new SegmentationOverlayOptions { LabelNames = _names, Colouring = _task == SegmentationTask.Instance ? SegmentColouring.BySegment : SegmentColouring.ByClass };
        (Shown Shown, RgbImage? Picture)[] sample = [.. _sample.Ordered().Select(shown => (shown, Decode(shown).Picture))];
        files.Write(EvaluationFolder.Labels, PictureMosaic.ToJpeg(
            [.. sample.Select(item => new MosaicTile(item.Picture, ShortName(item.Shown)) { Segments = item.Shown.Truth })], MosaicSide, drawing with { Scores = false }));
        files.Write(EvaluationFolder.Predictions, PictureMosaic.ToJpeg(
            [.. sample.Select(item => new MosaicTile(item.Picture, item.Shown.Problem.Length > 0 ? "not read" : $"{SegmentationFigures.NameOfFigure(_task)} {MetricsText.Figure(item.Shown.Figure)}") { Segments = [.. Visible(item.Shown.Prediction)] })],
            MosaicSide, drawing with { Scores = _task == SegmentationTask.Instance }));
    }

    private void SaveReport(string path, SegmentationFigures figures)
    {
        using var report = new SegmentationReport(
            path, _options.Title ?? "Segmentation report", new SegmentationOverlayOptions { LabelNames = _names, Opacity = 0.7 }, _options.LongestSide ?? DefaultSide);
        report.AddText($"{_task} segmentation, {_imageCount} images, {_names.Count} classes");
        if (MissedCount > 0)
        {
            report.AddText($"{MissedCount} images have no usable prediction and count as missed: {string.Join("; ", _missed)}{(MissedCount > _missed.Count ? "; …" : string.Empty)}");
        }

        AddMetrics(report, figures);
        if (_options.TrainingDrawing is { } training)
        {
            report.AddDrawing(training);
        }

        IReadOnlyList<Shown> worst = _worst.Ordered();
        if (worst.Count > 0)
        {
            report.AddText($"The {worst.Count} worst images, worst first:");
        }

        foreach (Shown shown in worst)
        {
            (RgbImage? picture, string problem) = Decode(shown);
            string note = problem.Length > 0 ? $" (no picture: {problem})" : shown.Picture?.Path is { } file ? $" ({Path.GetFileName(file)})" : string.Empty;
            Segment[] drawn = [.. Visible(shown.Prediction).Reverse()];
            int hidden = shown.Prediction.Count - drawn.Length;
            report.AddComparison(
                $"Image {shown.ImageId}{note}", picture, shown.Truth, drawn,
                $"{(hidden > 0 ? FormattableString.Invariant($"{hidden} more below a score of {_options.ScoreThreshold:0.00}, ") : string.Empty)}{figures.FigureName} {MetricsText.Figure(shown.Figure)}");
        }
    }

    private static void AddMetrics(SegmentationReport report, SegmentationFigures figures)
    {
        if (figures.Semantic is { } semantic)
        {
            report.AddMetrics(semantic);
            return;
        }

        if (figures.Instance is { } instance)
        {
            report.AddMetrics(instance);
        }
        else
        {
            report.AddMetrics(figures.Panoptic!);
        }

        report.AddDrawing(SvgCharts.Confusion(figures.ConfusionMatrix!));
        if (figures.Thresholds is { } thresholds && double.IsFinite(thresholds.RecommendedThreshold))
        {
            report.AddDrawing(SvgCharts.F1(thresholds));
            report.AddText(FormattableString.Invariant($"A score threshold of {thresholds.RecommendedThreshold:0.00} gives the highest mean F1, {thresholds.Mean.BestF1:0.000}, where a segment is right from an IoU of 0.5 on."));
        }
    }

    private static (RgbImage? Picture, string Problem) Decode(Shown shown) => EvaluationFolder.Decode(() =>
        shown.Picture is not { } source ? null
        : shown.Truth.Concat(shown.Prediction).FirstOrDefault()?.Mask is { } mask ? PictureOfSegments.Load(source, mask.Height, mask.Width)
        : source.Load());

    private static string ShortName(Shown shown) => shown.Picture?.Path is { } path ? Path.GetFileName(path) : $"image {shown.ImageId}";
}
