using System.Collections.Concurrent;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Evaluates a network on labelled pictures, without ML.NET and on the CPU without libtorch; few pictures are in memory at once.</summary>
public static class PictureEvaluation
{
    private const int NamesShown = 10;

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

        IReadOnlyList<LabelledFile> files = EvaluatedFiles.Find(path, options.Split, options.ProblemFound);
        CheckKnown(predictor.ClassNames, [.. files.Select(file => file.Label).Distinct()], "labels", path);
        NameCounts unknown = Unknown(predictor.ClassNames, files.Select(file => file.Label));
        Note(options, unknown, "pictures", "wrong");
        string[] names = [.. predictor.ClassNames, .. unknown.Counts.Keys];
        Dictionary<string, int> places = Places(names);
        var evaluation = new ClassificationEvaluation(names, options.Files);

        // Of a class that the network does not know it says that it is not there.
        float[] probabilities = new float[names.Length];
        int at = 0;
        var problems = new Problems(options.ProblemFound);
        foreach (PicturePrediction prediction in predictor.Predict(files.Select(file => new PictureRequest { Image = file.Path }), options.BatchSize, cancellation: cancellation))
        {
            LabelledFile file = files[at++];
            if (prediction.Classification is { } classification)
            {
                for (int i = 0; i < classification.Probabilities.Count; i++)
                {
                    probabilities[i] = classification.Probabilities[i];
                }

                evaluation.Add(places[file.Label], probabilities, file.Path, () => ImageSource.FromFile(file.Path).WithOrientation(predictor.Classifier.Orientation));
            }
            else
            {
                problems.Add($"{file.Path}: {prediction.Problem}");
                evaluation.Add(places[file.Label], [.. Enumerable.Repeat(float.NaN, names.Length)], file.Path, () => ImageSource.FromFile(file.Path));
            }
        }

        problems.Check(evaluation.PictureCount, path);
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
        AnnotationSource source = AnnotationForms.OpenSplit(path, options.Split, options.ImageFolder, options.MaskClasses, options.Masks, load);
        string[] data = [.. source.Classes.Select(found => found.Name)];
        CheckKnown(predictor.ClassNames, data, "classes", path);
        string[] names = [.. data, .. predictor.ClassNames.Except(data)];
        Dictionary<string, int> places = Places(names);
        int[] placeOf = [.. predictor.ClassNames.Select(name => places[name])];
        SegmentationOptions segmentation = Settled(segmenter, task, source, options);
        bool[] isThing = [.. names.Select((_, i) => i < data.Length ? source.Classes[i].IsThing : segmentation.ThingClasses?.Contains(names[i]) != false)];
        var evaluation = new SegmentationEvaluation(segmentation.Task, names, isThing, options: options.Files);
        var asking = new ConcurrentQueue<AnnotatedImage>();
        var problems = new Problems(options.ProblemFound);
        var unknown = new NameCounts();
        HashSet<string> known = [.. predictor.ClassNames];
        bool hasTruth = false;
        IEnumerable<PictureRequest> requests = source.Read(load).Select(image =>
        {
            asking.Enqueue(image);
            return new PictureRequest { Image = image.Path };
        });
        foreach (PicturePrediction prediction in predictor.Predict(requests, segmentation: segmentation, cancellation: cancellation))
        {
            asking.TryDequeue(out AnnotatedImage? image);
            hasTruth |= image!.Segments.Count > 0;
            foreach (string name in image.Segments.Where(segment => !segment.IsCrowd).Select(segment => names[segment.Class]).Where(name => !known.Contains(name)))
            {
                unknown.Add(name);
            }

            Add(evaluation, image, prediction, placeOf, segmenter, problems);
        }

        if (evaluation.ImageCount > 0 && !hasTruth)
        {
            throw new InvalidDataException($"'{path}' has {evaluation.ImageCount} image(s) and not one segment in them to evaluate by: the annotations are missing, or are of other pictures.");
        }

        Note(options, unknown, "true segments", "missed");

        if (evaluation.ImageCount == 0)
        {
            throw new InvalidDataException($"'{path}' has no image to evaluate on.");
        }

        problems.Check(evaluation.ImageCount, path);
        return evaluation;
    }

    private static void RefuseLabelled(string path, PictureEvaluationOptions options)
    {
        if (options.MaskClasses is null && Directory.Exists(path) && AnnotationForms.Recognise(path) is null && LabelFolders.Subfolders(path).Any(folder => LabelFolders.Pictures(folder).Any()))
        {
            throw new InvalidDataException(
                $"'{path}' holds pictures in folders, by which a network that classifies is evaluated; this one is a Mask2Former and segments pictures: it needs annotations (COCO's JSON, VoTT's export, labelme's files, Pascal VOC's folder, YOLO's data.yaml), or label maps with the names of their classes.");
        }
    }

    private static void Add(
        SegmentationEvaluation evaluation, AnnotatedImage image, PicturePrediction prediction, int[] placeOf, Mask2FormerSegmenter segmenter, Problems problems)
    {
        IReadOnlyList<Segment> truth = image.ToTruth();
        if (truth.Any(segment => segment.Mask is null))
        {
            throw new InvalidDataException($"'{image.Path}' is annotated with boxes alone; a segmentation is evaluated by masks.");
        }

        Func<ImageSource?> picture = () => ImageSource.FromFile(image.Path).WithOrientation(segmenter.Orientation);
        try
        {
            string? problem = prediction.Segmentation is not { } result ? prediction.Problem
                : (result.Height, result.Width) == (image.Height, image.Width) ? null
                : $"the picture is {result.Width}×{result.Height}, but its truth is {image.Width}×{image.Height} (width×height)";
            if (problem is not null)
            {
                problems.Add($"{image.Path}: {problem}");
                evaluation.AddMissed(image.Id, truth, $"{image.Path}: {problem}", picture);
                return;
            }

            evaluation.Add(image.Id, truth, [.. prediction.Segmentation!.Segments.Select(segment => Segment.Of(segment) with { Class = placeOf[segment.LabelId] })], picture);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"'{image.Path}': {e.Message}", e);
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

    // A network of something else would be wrong everywhere.
    private static void CheckKnown(IReadOnlyList<string> known, string[] named, string what, string path)
    {
        if (named.Length > 0 && !named.Intersect(known).Any())
        {
            throw new InvalidDataException(
                $"The network knows none of the {named.Length} {what} of '{path}': {Shown(named)}. It knows {known.Count}: {Shown(known)}. They are matched by their names, to the letter.");
        }
    }

    private static NameCounts Unknown(IReadOnlyList<string> known, IEnumerable<string> named)
    {
        var counts = new NameCounts();
        HashSet<string> names = [.. known];
        foreach (string name in named.Where(name => !names.Contains(name)))
        {
            counts.Add(name);
        }

        return counts;
    }

    private static void Note(PictureEvaluationOptions options, NameCounts unknown, string what, string consequence)
    {
        if (unknown.Total > 0)
        {
            options.UnknownClassesFound?.Invoke(unknown.Counts, $"{unknown.Total} {what} are of classes that the network does not know, and count as {consequence}: {unknown}.");
        }
    }

    private static string Shown(IReadOnlyList<string> names) => string.Join(", ", names.Take(NamesShown).Select(name => $"'{name}'")) + (names.Count > NamesShown ? ", …" : string.Empty);

    // Of classes with one name the first is meant.
    private static Dictionary<string, int> Places(string[] names)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            places.TryAdd(names[i], i);
        }

        return places;
    }

    private sealed class Problems(Action<string>? found)
    {
        private const int Reasons = 3;
        private readonly List<string> _first = [];
        private long _count;

        public void Add(string problem)
        {
            _count++;
            if (_first.Count < Reasons)
            {
                _first.Add(problem);
            }

            found?.Invoke(problem);
        }

        public void Check(long pictures, string path)
        {
            if (_count == pictures)
            {
                throw new InvalidDataException($"Not one of the {pictures} pictures of '{path}' has a usable prediction: {string.Join("; ", _first)}");
            }
        }
    }
}
