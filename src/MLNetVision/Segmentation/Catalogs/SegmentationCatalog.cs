using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Segmentation.Evaluation;
using MLNetVision.Segmentation.Reports;

namespace MLNetVision.Segmentation.Catalogs;

/// <summary>
/// Image segmentation in ML.NET: semantic, instance and panoptic. Reached as <c>mlContext.Segmentation</c>. The rows have
/// the columns of <see cref="SegmentationColumns"/>.
/// </summary>
public sealed class SegmentationCatalog
{
    private readonly MLContext _context;
    private readonly IHostEnvironment _environment;

    internal SegmentationCatalog(MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
        _environment = HostAccess.EnvironmentOf(context.Data);
        Trainers = new SegmentationTrainers(_environment);
    }

    /// <summary>What learns to segment.</summary>
    public SegmentationTrainers Trainers { get; }

    /// <summary>Evaluates semantic segmentation: mIoU and relatives, with the confusion matrix.</summary>
    /// <remarks>Of a picture that could not be read, or that is of another size than its truth, all counts as missed; one warning counts and names them, and the metrics have their number. Classes are matched by their names; true segments of one that the predictions do not have count as missed, and a warning names and counts them.</remarks>
    /// <param name="data">Rows with ImageSize, Label, Masks, PredictedLabel and PredictedMasks. Segments of different classes do not overlap. Pixels without a true class are ignored, those without a predicted one are wrong.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="InvalidOperationException">There is no row, or the picture of none could be used; the message has the counts and the first reasons.</exception>
    /// <exception cref="InvalidDataException">A row is broken; the message names it.</exception>
    /// <exception cref="ArgumentException">The segments of a row cannot be evaluated; the message names image and segment.</exception>
    public SemanticMetrics EvaluateSemantic(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, SemanticEvaluator evaluator) = Semantic(data, options);
        Accumulate(view, evaluator);
        view.CheckUsable();
        return evaluator.Compute();
    }

    /// <summary>Evaluates instance segmentation by masks: COCO's average precision and recall.</summary>
    /// <param name="data">Rows with ImageSize, Label, Masks, PredictedLabel, PredictedMasks and Score; with IsCrowd, Area and ImageId if there are any. Segments may overlap.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <inheritdoc cref="EvaluateSemantic" path="/exception | /remarks"/>
    public InstanceMetrics EvaluateInstance(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, InstanceEvaluator evaluator) = Instance(data, options);
        Accumulate(view, evaluator);
        view.CheckUsable();
        return evaluator.Compute();
    }

    /// <summary>Evaluates panoptic segmentation: PQ, SQ and RQ over all classes, things and stuff.</summary>
    /// <param name="data">Rows with ImageSize, Label, Masks, PredictedLabel and PredictedMasks; with IsCrowd and Area if there are any. Segments do not overlap. Pixels without a true segment are void.</param>
    /// <param name="options">The names of the columns, which classes are things, and more; the defaults if null.</param>
    /// <inheritdoc cref="EvaluateSemantic" path="/exception | /remarks"/>
    public PanopticMetrics EvaluatePanoptic(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, PanopticEvaluator evaluator) = Panoptic(data, options);
        Accumulate(view, evaluator);
        view.CheckUsable();
        return evaluator.Compute();
    }

    /// <summary>Counts for <see cref="EvaluateSemantic"/> over a part of the data, to be saved, merged with other parts' and then computed.</summary>
    /// <inheritdoc cref="EvaluateSemantic" path="/param | /exception[not(contains(@cref, 'InvalidOperation'))]"/>
    public SemanticEvaluator AccumulateSemantic(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, SemanticEvaluator evaluator) = Semantic(data, options);
        return Accumulate(view, evaluator);
    }

    /// <summary>Counts for <see cref="EvaluateInstance"/> over a part of the data, to be saved, merged with other parts' and then computed. Parts need an ImageId column.</summary>
    /// <inheritdoc cref="EvaluateInstance" path="/param"/>
    /// <inheritdoc cref="AccumulateSemantic" path="/exception"/>
    public InstanceEvaluator AccumulateInstance(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, InstanceEvaluator evaluator) = Instance(data, options);
        return Accumulate(view, evaluator);
    }

    /// <summary>Counts for <see cref="EvaluatePanoptic"/> over a part of the data, to be saved, merged with other parts' and then computed.</summary>
    /// <inheritdoc cref="EvaluatePanoptic" path="/param"/>
    /// <inheritdoc cref="AccumulateSemantic" path="/exception"/>
    public PanopticEvaluator AccumulatePanoptic(IDataView data, SegmentationEvaluationOptions? options = null)
    {
        (EvaluationView view, PanopticEvaluator evaluator) = Panoptic(data, options);
        return Accumulate(view, evaluator);
    }

    /// <summary>
    /// Precision, recall and F1 of segments over the score from which they count, with a threshold to recommend. A segment is right where it
    /// overlaps a true one of its class by <paramref name="iouThreshold"/>, as COCO matches them.
    /// </summary>
    /// <param name="data">Rows as for <see cref="EvaluateInstance"/>, of any task, scored without a threshold or with a low one.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <param name="iouThreshold">One of 0.50, 0.55, …, 0.95.</param>
    /// <inheritdoc cref="EvaluateSemantic" path="/exception"/>
    public ThresholdCurves EvaluateThresholds(IDataView data, SegmentationEvaluationOptions? options = null, double iouThreshold = 0.5)
    {
        (EvaluationView view, InstanceEvaluator evaluator) = Instance(data, options);
        Accumulate(view, evaluator);
        view.CheckUsable();
        return evaluator.ComputeThresholds(iouThreshold);
    }

    /// <summary>Fits an estimator on all folds but one and evaluates semantic segmentation on that one, for each fold in turn.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="estimator">What is fitted; its scored output has the prediction's columns.</param>
    /// <param name="numberOfFolds">At least 2.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <param name="samplingKeyColumnName">Rows with equal values of this column stay in one fold; null: each row by itself.</param>
    /// <param name="seed">Decides which row falls into which fold; null: the context's seed.</param>
    /// <returns>For each fold the metrics, the model and the scored rows. The models are the caller's to dispose of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 folds, or a column is missing or has a wrong type.</exception>
    public IReadOnlyList<TrainCatalogBase.CrossValidationResult<SemanticMetrics>> CrossValidateSemantic(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, SegmentationEvaluationOptions? options = null, string? samplingKeyColumnName = null, int? seed = null) =>
        CrossValidate(data, estimator, scored => EvaluateSemantic(scored, options), numberOfFolds, samplingKeyColumnName, seed);

    /// <summary>Fits an estimator on all folds but one and evaluates instance segmentation on that one, for each fold in turn.</summary>
    /// <inheritdoc cref="CrossValidateSemantic"/>
    public IReadOnlyList<TrainCatalogBase.CrossValidationResult<InstanceMetrics>> CrossValidateInstance(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, SegmentationEvaluationOptions? options = null, string? samplingKeyColumnName = null, int? seed = null) =>
        CrossValidate(data, estimator, scored => EvaluateInstance(scored, options), numberOfFolds, samplingKeyColumnName, seed);

    /// <summary>Fits an estimator on all folds but one and evaluates panoptic segmentation on that one, for each fold in turn.</summary>
    /// <inheritdoc cref="CrossValidateSemantic"/>
    public IReadOnlyList<TrainCatalogBase.CrossValidationResult<PanopticMetrics>> CrossValidatePanoptic(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, SegmentationEvaluationOptions? options = null, string? samplingKeyColumnName = null, int? seed = null) =>
        CrossValidate(data, estimator, scored => EvaluatePanoptic(scored, options), numberOfFolds, samplingKeyColumnName, seed);

    /// <summary>
    /// Evaluates in one pass and writes a report as one HTML file that needs no other: figures, classes, charts and the
    /// worst images first, truth and prediction drawn over the picture.
    /// </summary>
    /// <param name="data">The rows that the task's evaluation needs, and the pictures.</param>
    /// <param name="task">What is evaluated.</param>
    /// <param name="path">The file to write; one that exists is replaced, and its folder is made if need be.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <inheritdoc cref="EvaluateSemantic" path="/exception"/>
    public void SaveReport(IDataView data, SegmentationTask task, string path, SegmentationReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SegmentationPass.Evaluate(data, task, options ?? new SegmentationReportOptions(), _environment).SaveReport(path);
    }

    /// <summary>
    /// Evaluates in one pass and writes a folder: metrics.json, per_class.csv, confusion_matrix.csv and .svg, confusion_matrix_normalized.svg,
    /// worst.csv, val_batch0_labels.jpg and val_batch0_pred.jpg (a sample with its true segments, and with the predicted ones) and report.html; where
    /// there are scores MaskPR_curve.svg, MaskF1_curve.svg and thresholds.csv with a threshold to recommend, and of instances BoxPR_curve.svg,
    /// BoxF1_curve.svg and box_thresholds.csv.
    /// </summary>
    /// <param name="data">The rows that the task's evaluation needs, and the pictures; scored with a low threshold, where one is to be recommended.</param>
    /// <param name="task">What is evaluated.</param>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <param name="options">The names of the columns, and more; the defaults if null.</param>
    /// <returns>The figures.</returns>
    /// <inheritdoc cref="EvaluateSemantic" path="/exception"/>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public SegmentationFigures SaveEvaluation(IDataView data, SegmentationTask task, string folder, SegmentationReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return SegmentationPass.Evaluate(data, task, options ?? new SegmentationReportOptions(), _environment).Save(folder);
    }

    /// <summary>
    /// Counts the segments of each class in sets of true rows, and writes labels.svg, labels.csv and, of the first set, a drawing of some pictures with
    /// their segments: NAME_batch0.jpg.
    /// </summary>
    /// <param name="sets">The sets with what they are called, such as "train" and "val"; classes are the keys' names.</param>
    /// <param name="folder">The folder, which is made if need be; files of these names are replaced.</param>
    /// <param name="labelColumnName">The classes of the segments.</param>
    /// <param name="imageColumnName">The pictures.</param>
    /// <returns>The counts.</returns>
    /// <exception cref="ArgumentException">There is no set.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public LabelCounts SaveDataSummary(
        IReadOnlyList<(string Name, IDataView Data)> sets, string folder, string labelColumnName = SegmentationColumns.Label, string imageColumnName = SegmentationColumns.Image) =>
        SegmentationSummary.Save(sets, folder, labelColumnName, imageColumnName, _environment);

    /// <summary>
    /// Draws the predicted segments of each row over its picture and writes one PNG file a row, which needs no truth; of rows that
    /// are not scored, as they are loaded, the true segments.
    /// </summary>
    /// <param name="data">
    /// Scored rows: "PredictedLabel", "PredictedMasks", "ImageSize", "Score" if there is one, and the pictures; or true ones: "Label",
    /// "Masks", "ImageSize" and the pictures.
    /// </param>
    /// <param name="folder">Where the files go; it is made if need be. A file is called as its picture's file, or else by its row; where a file
    /// of that name is no overlay of this library, such as the picture itself, it gets "-overlay" and is kept.</param>
    /// <param name="options">The drawing; classes that are not named there have the names of the keys.</param>
    /// <param name="imageColumnName">The column of pictures: <see cref="MLImage"/>, the bytes of picture files, or their paths.</param>
    /// <returns>The files, in the order of the rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has a wrong type, or an option is out of its range.</exception>
    /// <remarks>Rows whose picture is missing, cannot be read or is of another size than the masks have no file; one warning counts and names them.</remarks>
    /// <exception cref="InvalidDataException">A mask is broken; the message names the row.</exception>
    /// <exception cref="IOException">An overlay cannot be written.</exception>
    public IReadOnlyList<string> SaveOverlays(
        IDataView data, string folder, SegmentationOverlayOptions? options = null, string imageColumnName = SegmentationColumns.Image)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return OverlayWriter.Write(data, folder, options ?? new SegmentationOverlayOptions(), imageColumnName, _environment);
    }

    /// <summary>Evaluates boxes alone; shared with the object detection catalog.</summary>
    internal InstanceMetrics EvaluateBoxes(IDataView data, SegmentationEvaluationOptions? options)
    {
        (EvaluationView view, InstanceEvaluator evaluator) = Boxes(data, options);
        Accumulate(view, evaluator);
        view.CheckUsable();
        return evaluator.Compute();
    }

    internal InstanceEvaluator AccumulateBoxes(IDataView data, SegmentationEvaluationOptions? options)
    {
        (EvaluationView view, InstanceEvaluator evaluator) = Boxes(data, options);
        return Accumulate(view, evaluator);
    }

    private static (EvaluationView View, SemanticEvaluator Evaluator) Semantic(IDataView data, SegmentationEvaluationOptions? options)
    {
        options ??= new SegmentationEvaluationOptions();
        var view = new EvaluationView(data, options, EvaluationNeeds.Segments);
        return (view, new SemanticEvaluator(view.Classes.Names, options.BoundaryRatio));
    }

    private static (EvaluationView View, InstanceEvaluator Evaluator) Instance(IDataView data, SegmentationEvaluationOptions? options)
    {
        var view = new EvaluationView(data, options ?? new SegmentationEvaluationOptions(), EvaluationNeeds.ScoredMasks);
        return (view, new InstanceEvaluator(view.Classes.Names, OverlapKind.Masks));
    }

    private static (EvaluationView View, PanopticEvaluator Evaluator) Panoptic(IDataView data, SegmentationEvaluationOptions? options)
    {
        var view = new EvaluationView(data, options ?? new SegmentationEvaluationOptions(), EvaluationNeeds.Segments);
        return (view, new PanopticEvaluator(view.Classes.Names, view.Classes.IsThing));
    }

    private static (EvaluationView View, InstanceEvaluator Evaluator) Boxes(IDataView data, SegmentationEvaluationOptions? options)
    {
        var view = new EvaluationView(data, options ?? new SegmentationEvaluationOptions(), EvaluationNeeds.ScoredBoxes);
        return (view, new InstanceEvaluator(view.Classes.Names, OverlapKind.Boxes));
    }

    private TEvaluator Accumulate<TEvaluator>(EvaluationView view, TEvaluator evaluator)
        where TEvaluator : ISegmentEvaluator
    {
        view.ForEach([], _ => row => row.AddTo(evaluator), () => HostAccess.CheckAlive(_environment));
        view.Report(_environment);
        return evaluator;
    }

    private List<TrainCatalogBase.CrossValidationResult<TMetrics>> CrossValidate<TMetrics>(
        IDataView data, IEstimator<ITransformer> estimator, Func<IDataView, TMetrics> evaluate, int numberOfFolds, string? samplingKeyColumnName, int? seed)
        where TMetrics : class
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        var results = new List<TrainCatalogBase.CrossValidationResult<TMetrics>>();
        foreach (DataOperationsCatalog.TrainTestData split in _context.Data.CrossValidationSplit(data, numberOfFolds, samplingKeyColumnName, seed))
        {
            ITransformer model = estimator.Fit(split.TrainSet);
            IDataView scored = model.Transform(split.TestSet);
            results.Add(new TrainCatalogBase.CrossValidationResult<TMetrics>(model, evaluate(scored), scored, results.Count));
        }

        return results;
    }
}
