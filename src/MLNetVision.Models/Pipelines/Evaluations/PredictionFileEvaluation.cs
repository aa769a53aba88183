using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Evaluates saved predictions on labelled pictures, without the network that made them.</summary>
/// <remarks>
/// A picture's prediction is found by its path, or where that was written at another place by the end of the path that both have in common.
/// A picture without a prediction counts as wrong, and a prediction of no picture is left out; <see cref="PictureEvaluationOptions.ProblemFound"/> is told both.
/// </remarks>
public static class PredictionFileEvaluation
{
    private const string NoPrediction = "it has no prediction";

    /// <summary>Evaluates predicted classes, which are matched by their names.</summary>
    /// <param name="predictions">The predictions. Where they do not name all classes there is no log-loss, and thresholds below the least named score tell nothing.</param>
    /// <param name="path">A folder with a subfolder of pictures for each label, also divided into train, validation and test, or a CSV or TSV list of paths and labels.</param>
    /// <param name="options">Which part, and more; what concerns scoring is not used. The defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The predictions are of segments.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">There is no picture, none has a prediction, no label is predicted, or it cannot be told which prediction is of which picture.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationEvaluation EvaluateClassification(
        this PredictionFile predictions, string path, PictureEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureEvaluationOptions();
        if (predictions.HasSegments)
        {
            throw new ArgumentException("The predictions are of segments; they cannot be evaluated as classes.", nameof(predictions));
        }

        var evaluated = new EvaluatedAnswers(path, options, predictions.ClassNames, AnswererWords.Predictions, ExifOrientation.Apply);
        IReadOnlyList<LabelledFile> files = EvaluatedFiles.Find(path, options.Split, options.ProblemFound);
        string[] labels = [.. files.Select(file => file.Label).Distinct()];
        evaluated.CheckCommon(labels, "labels");
        string[] names = [.. predictions.ClassNames.Union(labels).Order(StringComparer.Ordinal)];
        int[] places = Match([.. files.Select(file => file.Path)], predictions, path, options);
        evaluated.TellUnknown(files.Select(file => file.Label));
        var evaluation = new ClassificationEvaluation(names, options.Files with { NamedClasses = predictions.NamedClasses });
        evaluated.Classify(evaluation, names, files.Select((file, i) => (file, Answer(predictions, places[i], file.Path, cancellation))));
        return evaluation;
    }

    /// <summary>Evaluates predicted segments. Classes are matched by their names.</summary>
    /// <param name="predictions">The predictions. Average precision ranks all of a network's instances, so that it is to be asked for with a score threshold of 0.</param>
    /// <param name="path">Annotations with masks in any form that can be told: COCO's, VoTT's, labelme's, YOLO's, Pascal VOC's; or a folder of label maps, whose classes the options name.</param>
    /// <param name="task">What is evaluated; null for what the annotations are of.</param>
    /// <param name="options">Which part, the least score that counts, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The predictions are of classes, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The annotations cannot be used, have boxes alone, or no class that is predicted; no picture has a prediction; or segments are not fit for the task.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentationEvaluation EvaluateSegmentation(
        this PredictionFile predictions, string path, SegmentationTask? task = null, PictureEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureEvaluationOptions();
        if (!predictions.HasSegments)
        {
            throw new ArgumentException("The predictions are of classes; they have no segments to evaluate.", nameof(predictions));
        }

        var load = new SegmentationLoadOptions { RequireImages = false, BadRecordFound = bad => options.ProblemFound?.Invoke(bad.ToString()) };
        var evaluated = new EvaluatedAnswers(path, options, predictions.ClassNames, AnswererWords.Predictions, load.Orientation);
        EvaluatedScenes scenes = EvaluatedScenes.Open(path, options, load, evaluated);

        // Read twice, so that what is in memory does not grow; what is bad is told once.
        var silent = new SegmentationLoadOptions { RequireImages = false };
        string[] pictures = [.. scenes.Source.Read(load).Select(image => Path.GetFullPath(image.Path))];
        int[] places = Match(pictures, predictions, path, options);
        SegmentationTask settled = task ?? (options.MaskClasses is not null ? SegmentationTask.Semantic : AnnotationForms.UsualTask(path));
        var evaluation = new SegmentationEvaluation(settled, scenes.Names, scenes.IsThing(options.ThingClasses), predictions.HasScores, options.Files);
        double least = options.ScoreThreshold ?? 0;
        evaluated.Segment(evaluation, scenes.Names, scenes.Source.Read(silent).Select((image, i) => (image, Above(Answer(predictions, places[i], image.Path, cancellation), least))));
        return evaluation;
    }

    private static PicturePrediction Answer(PredictionFile predictions, int place, string picture, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return place >= 0 ? predictions.Read(place) : new PicturePrediction(new PictureRequest { Image = picture }, null, null, NoPrediction);
    }

    private static PicturePrediction Above(PicturePrediction prediction, double least) => prediction.Segmentation is not { } result || least <= 0 ? prediction
        : prediction with { Segmentation = result with { Segments = [.. result.Segments.Where(segment => segment.Score >= least)] } };

    private static int[] Match(string[] pictures, PredictionFile predictions, string path, PictureEvaluationOptions options)
    {
        if (pictures.Length == 0)
        {
            throw new InvalidDataException($"'{path}' has no picture to evaluate on.");
        }

        int[] places = PredictionMatches.Find(pictures, predictions.Images, predictions.Path);
        int found = places.Count(place => place >= 0);
        if (found == 0)
        {
            throw new InvalidDataException(
                $"None of the {predictions.Images.Count} predictions of '{predictions.Path}' is of a picture of '{path}': the first prediction is of '{predictions.Images[0]}', the first picture is '{pictures[0]}'.");
        }

        int others = predictions.Images.Distinct(StringComparer.Ordinal).Count() - found;
        if (others > 0)
        {
            options.ProblemFound?.Invoke($"{others} predictions of '{predictions.Path}' are of pictures that '{path}' does not have; they are left out.");
        }

        return places;
    }
}
