using System.Collections.Concurrent;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Evaluates a network on labelled pictures, without ML.NET and on the CPU without libtorch; few pictures are in memory at once.</summary>
public static class PictureEvaluation
{
    /// <summary>
    /// Evaluates a network that classifies. Classes are matched by their names; a picture that cannot be read, or of a class that the network does not know, counts
    /// as wrong.
    /// </summary>
    /// <param name="predictor">The network.</param>
    /// <param name="path">A folder with a subfolder of pictures for each label, also divided into train, validation and test, or a CSV or TSV list of paths and labels.</param>
    /// <param name="options">Which part, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The network segments.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">There is no picture, none can be read, or the network knows none of the labels.</exception>
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

        var evaluated = new EvaluatedAnswers(path, options, predictor.ClassNames, AnswererWords.Network, predictor.Classifier.Orientation);
        IReadOnlyList<LabelledFile> files = EvaluatedFiles.Find(path, options.Split, options.ProblemFound);
        evaluated.CheckCommon([.. files.Select(file => file.Label).Distinct()], "labels");
        string[] names = [.. predictor.ClassNames, .. evaluated.TellUnknown(files.Select(file => file.Label)).Counts.Keys];
        var evaluation = new ClassificationEvaluation(names, options.Files);
        IEnumerable<PicturePrediction> answers = predictor.Predict(files.Select(file => new PictureRequest { Image = file.Path }), options.BatchSize, cancellation: cancellation);
        evaluated.Classify(evaluation, names, files.Zip(answers));
        return evaluation;
    }

    /// <summary>
    /// Evaluates a network that segments. Classes are matched by their names; of a picture that cannot be read, or is of another size than its truth, all counts as
    /// missed, as do segments of a class that the network does not know.
    /// </summary>
    /// <param name="predictor">The network.</param>
    /// <param name="path">Annotations with masks in any form that can be told: COCO's, VoTT's, labelme's, YOLO's, Pascal VOC's; or a folder of label maps, whose classes the options name.</param>
    /// <param name="task">What is evaluated; null for what the network says, else a panoptic scene.</param>
    /// <param name="options">Which part, how segments are made, and more; the defaults if null.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The network classifies, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The annotations cannot be used, have boxes alone, or have not one class that the network knows; or not one picture can be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SegmentationEvaluation EvaluateSegmentation(
        this PicturePredictor predictor, string path, SegmentationTask? task = null, PictureEvaluationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureEvaluationOptions();
        Mask2FormerSegmenter segmenter = predictor.Segmenter ?? throw new ArgumentException("The network classifies pictures; it has no segments to evaluate.", nameof(predictor));
        RefuseLabelled(path, options);
        var load = new SegmentationLoadOptions { RequireImages = false, Orientation = segmenter.Orientation, BadRecordFound = bad => options.ProblemFound?.Invoke(bad.ToString()) };
        var evaluated = new EvaluatedAnswers(path, options, predictor.ClassNames, AnswererWords.Network, segmenter.Orientation);
        EvaluatedScenes scenes = EvaluatedScenes.Open(path, options, load, evaluated);
        SegmentationOptions segmentation = Settled(segmenter, task, scenes.Source, options);
        var evaluation = new SegmentationEvaluation(segmentation.Task, scenes.Names, scenes.IsThing(segmentation.ThingClasses), options: options.Files);
        var asking = new ConcurrentQueue<AnnotatedImage>();
        IEnumerable<PictureRequest> requests = scenes.Source.Read(load).Select(image =>
        {
            asking.Enqueue(image);
            return new PictureRequest { Image = image.Path };
        });
        IEnumerable<(AnnotatedImage, PicturePrediction)> answers = predictor.Predict(requests, segmentation: segmentation, cancellation: cancellation).Select(prediction =>
        {
            asking.TryDequeue(out AnnotatedImage? image);
            return (image!, prediction);
        });
        evaluated.Segment(evaluation, scenes.Names, answers);
        return evaluation;
    }

    private static void RefuseLabelled(string path, PictureEvaluationOptions options)
    {
        if (options.MaskClasses is null && Directory.Exists(path) && AnnotationForms.Recognise(path) is null && LabelFolders.HasLabels(path))
        {
            throw new InvalidDataException(
                $"'{path}' holds pictures in folders, by which a network that classifies is evaluated; this one is a Mask2Former and segments pictures: it needs annotations (COCO's JSON, VoTT's export, labelme's files, Pascal VOC's folder, YOLO's data.yaml), or label maps with the names of their classes.");
        }
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
}
