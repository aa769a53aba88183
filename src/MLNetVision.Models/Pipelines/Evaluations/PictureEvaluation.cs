using System.Collections.Concurrent;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Options;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Evaluates a network on labelled pictures, without ML.NET and on the CPU without libtorch; few pictures are in memory at once.</summary>
public static class PictureEvaluation
{
    /// <summary>Evaluates a network that classifies. Classes are matched by their names; a picture that cannot be read counts as wrong.</summary>
    /// <param name="predictor">The network.</param>
    /// <param name="path">A folder with a subfolder of pictures for each label, also divided into train, validation and test, or a CSV or TSV list of paths and labels.</param>
    /// <param name="options">Which part, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The network segments.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">There is no picture, none can be read, or the network does not know a label; the message names it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClassificationEvaluation EvaluateClassification(
        this PicturePredictor predictor, string path, PictureEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureEvaluationOptions();
        if (predictor.Classifier is null)
        {
            throw new ArgumentException("The network segments pictures; it cannot be evaluated as one that classifies.", nameof(predictor));
        }

        IReadOnlyList<LabelledFile> files = EvaluatedFiles.Find(path, options.Split, options.ProblemFound);
        List<string> names = Joined(predictor.ClassNames, [.. files.Select(file => file.Label).Distinct()], "labels", path, options);
        var evaluation = new ClassificationEvaluation(names, options.Files);
        IEnumerable<PicturePrediction> answers = predictor.Predict(files.Select(file => new PictureRequest { Image = file.Path }), options.BatchSize, cancellation: cancellation);
        new EvaluatedAnswers(path, predictor.Classifier.Orientation, options.ProblemFound).Classify(evaluation, names, predictor.ClassNames, files.Zip(answers));
        return evaluation;
    }

    /// <summary>
    /// Evaluates a network that segments. Classes are matched by their names; of a picture that cannot be read, or is of another size than its truth, all counts as
    /// missed.
    /// </summary>
    /// <param name="predictor">The network.</param>
    /// <param name="path">Annotations with masks in any form that can be told: COCO's, VoTT's, labelme's, YOLO's, Pascal VOC's; or a folder of label maps, whose classes the options name.</param>
    /// <param name="task">What is evaluated; null for what the network says, else a panoptic scene.</param>
    /// <param name="options">Which part, how segments are made, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The network classifies, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The annotations cannot be used, have boxes alone, or have a class that the network does not know; or not one picture can be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentationEvaluation EvaluateSegmentation(
        this PicturePredictor predictor, string path, SegmentationTask? task = null, PictureEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureEvaluationOptions();
        Mask2FormerSegmenter segmenter = predictor.Segmenter ?? throw new ArgumentException("The network classifies pictures; it has no segments to evaluate.", nameof(predictor));
        var load = new SegmentationLoadOptions { RequireImages = false, Orientation = segmenter.Orientation, BadRecordFound = bad => options.ProblemFound?.Invoke(bad.ToString()) };
        AnnotationSource source = AnnotationForms.OpenSplit(path, options.Split, options.ImageFolder, options.MaskClasses, options.Masks, load);
        string[] data = [.. source.Classes.Select(found => found.Name)];
        CheckKnown(predictor.ClassNames, data, "classes", path, options);
        string[] names = [.. data, .. predictor.ClassNames.Except(data)];
        SegmentationOptions segmentation = Settled(segmenter, task, source, options);
        bool[] isThing = [.. names.Select((_, i) => i < data.Length ? source.Classes[i].IsThing : segmentation.ThingClasses?.Contains(names[i]) != false)];
        var evaluation = new SegmentationEvaluation(segmentation.Task, names, isThing, options: options.Files);
        var asking = new ConcurrentQueue<AnnotatedImage>();
        IEnumerable<PictureRequest> requests = source.Read(load).Select(image =>
        {
            asking.Enqueue(image);
            return new PictureRequest { Image = image.Path };
        });
        IEnumerable<(AnnotatedImage, PicturePrediction)> answers = predictor.Predict(requests, segmentation: segmentation, cancellation: cancellation).Select(prediction =>
        {
            asking.TryDequeue(out AnnotatedImage? image);
            return (image!, prediction);
        });
        new EvaluatedAnswers(path, segmenter.Orientation, options.ProblemFound).Segment(evaluation, names, predictor.ClassNames, answers);
        return evaluation;
    }

    private static SegmentationOptions Settled(Mask2FormerSegmenter segmenter, SegmentationTask? task, AnnotationSource source, PictureEvaluationOptions options)
    {
        SegmentationOptions own = segmenter.DefaultOptions;
        SegmentationTask settled = task ?? own.Task;
        IReadOnlyCollection<string>? things = options.ThingClasses ?? own.ThingClasses;
        if (things is null && settled == SegmentationTask.Panoptic && source.Classes.Any(found => !found.IsThing))
        {
            things = [.. segmenter.ClassNames.Where(name => source.Classes.FirstOrDefault(found => found.Name == name)?.IsThing != false)];
        }

        return own with { Task = settled, ThingClasses = things, Threshold = options.ScoreThreshold ?? (settled == SegmentationTask.Instance ? 0 : own.Threshold) };
    }

    /// <summary>The network's classes, and behind them those that it does not know, where that is allowed.</summary>
    private static List<string> Joined(IReadOnlyList<string> known, string[] named, string what, string path, PictureEvaluationOptions options)
    {
        CheckKnown(known, named, what, path, options);
        return [.. known, .. named.Except(known)];
    }

    private static void CheckKnown(IReadOnlyList<string> known, string[] named, string what, string path, PictureEvaluationOptions options)
    {
        string[] unknown = [.. named.Except(known)];
        if (unknown.Length > 0 && (!options.AllowUnknownClasses || unknown.Length == named.Length))
        {
            throw new InvalidDataException(
                $"The network does not know {unknown.Length} of the {named.Length} {what} of '{path}': {EvaluatedAnswers.Shown(unknown)}. It knows {known.Count}: {EvaluatedAnswers.Shown(known)}. They are matched by their names, to the letter.{NearestName.Question(unknown[0], known)}");
        }

        if (unknown.Length > 0)
        {
            options.ProblemFound?.Invoke($"The network does not know {unknown.Length} of the {named.Length} {what} and cannot find them: {EvaluatedAnswers.Shown(unknown)}.");
        }
    }
}
