using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Shows an evaluation the answers for pictures whose truth is known, and counts what could not be answered.</summary>
internal sealed class EvaluatedAnswers(string path, ExifOrientation orientation, Action<string>? problemFound)
{
    private const int Reasons = 3;

    private readonly List<string> _first = [];
    private long _count;

    /// <summary>Evaluates classes.</summary>
    /// <param name="evaluation">Where to.</param>
    /// <param name="names">The classes of the evaluation.</param>
    /// <param name="known">The classes that the answers are numbered by.</param>
    /// <param name="answers">Each picture with its answer.</param>
    /// <exception cref="InvalidDataException">Not one picture has an answer.</exception>
    public void Classify(ClassificationEvaluation evaluation, IReadOnlyList<string> names, IReadOnlyList<string> known, IEnumerable<(LabelledFile File, PicturePrediction Answer)> answers)
    {
        Dictionary<string, int> places = Places(names);
        int[] placeOf = [.. known.Select(name => places[name])];

        // Of a class that the answers do not know they say that it is not there.
        float[] probabilities = new float[names.Count];
        float[] none = [.. Enumerable.Repeat(float.NaN, names.Count)];
        foreach ((LabelledFile file, PicturePrediction answer) in answers)
        {
            if (answer.Classification is { } classification)
            {
                for (int i = 0; i < placeOf.Length; i++)
                {
                    probabilities[placeOf[i]] = classification.Probabilities[i];
                }

                evaluation.Add(places[file.Label], probabilities, file.Path, () => ImageSource.FromFile(file.Path).WithOrientation(orientation));
            }
            else
            {
                Note(Named(file.Path, answer.Problem));
                evaluation.Add(places[file.Label], none, file.Path, () => ImageSource.FromFile(file.Path));
            }
        }

        Check(evaluation.PictureCount);
    }

    /// <summary>Evaluates segments.</summary>
    /// <param name="evaluation">Where to.</param>
    /// <param name="names">The classes of the evaluation, of which the truth's are the first.</param>
    /// <param name="known">The classes that the answers are numbered by.</param>
    /// <param name="answers">Each picture with its answer.</param>
    /// <returns>How many true segments are of each class that the answers do not know.</returns>
    /// <exception cref="InvalidDataException">There is no picture, no true segment, not one has an answer, or a truth has no masks.</exception>
    public NameCounts Segment(SegmentationEvaluation evaluation, IReadOnlyList<string> names, IReadOnlyList<string> known, IEnumerable<(AnnotatedImage Image, PicturePrediction Answer)> answers)
    {
        Dictionary<string, int> places = Places(names);
        int[] placeOf = [.. known.Select(name => places[name])];
        HashSet<string> knownNames = [.. known];
        var unknown = new NameCounts();
        bool hasTruth = false;
        foreach ((AnnotatedImage image, PicturePrediction answer) in answers)
        {
            hasTruth |= image.Segments.Count > 0;
            foreach (string name in image.Segments.Where(segment => !segment.IsCrowd).Select(segment => names[segment.Class]).Where(name => !knownNames.Contains(name)))
            {
                unknown.Add(name);
            }

            Add(evaluation, image, answer, placeOf);
        }

        if (evaluation.ImageCount == 0)
        {
            throw new InvalidDataException($"'{path}' has no image to evaluate on.");
        }

        if (!hasTruth)
        {
            throw new InvalidDataException($"'{path}' has {evaluation.ImageCount} image(s) and not one segment in them to evaluate by: the annotations are missing, or are of other pictures.");
        }

        Check(evaluation.ImageCount);
        return unknown;
    }

    /// <summary>How many of the names are of each class that is not known.</summary>
    public static NameCounts Unknown(IReadOnlyList<string> known, IEnumerable<string> named)
    {
        var counts = new NameCounts();
        HashSet<string> names = [.. known];
        foreach (string name in named.Where(name => !names.Contains(name)))
        {
            counts.Add(name);
        }

        return counts;
    }

    /// <summary>Tells of such classes.</summary>
    public static void Tell(PictureEvaluationOptions options, NameCounts unknown, string what, string who, string consequence)
    {
        if (unknown.Total > 0)
        {
            options.UnknownClassesFound?.Invoke(unknown.Counts, $"{unknown.Total} {what} are of classes that {who}, and count as {consequence}: {unknown}.");
        }
    }

    private void Add(SegmentationEvaluation evaluation, AnnotatedImage image, PicturePrediction answer, int[] placeOf)
    {
        IReadOnlyList<Segment> truth = image.ToTruth();
        if (truth.Any(segment => segment.Mask is null))
        {
            throw new InvalidDataException($"'{image.Path}' is annotated with boxes alone; a segmentation is evaluated by masks.");
        }

        Func<ImageSource?> picture = () => ImageSource.FromFile(image.Path).WithOrientation(orientation);
        try
        {
            string? problem = answer.Segmentation is not { } result ? answer.Problem
                : (result.Height, result.Width) == (image.Height, image.Width) ? null
                : $"the picture is {result.Width}×{result.Height}, but its truth is {image.Width}×{image.Height} (width×height)";
            if (problem is not null)
            {
                Note(Named(image.Path, problem));
                evaluation.AddMissed(image.Id, truth, Named(image.Path, problem), picture);
                return;
            }

            evaluation.Add(image.Id, truth, [.. answer.Segmentation!.Segments.Select(segment => Imaging.Segments.Segment.Of(segment) with { Class = placeOf[segment.LabelId] })], picture);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"'{image.Path}': {e.Message}", e);
        }
    }

    // Of classes with one name the first is meant.
    private static Dictionary<string, int> Places(IReadOnlyList<string> names)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
        {
            places.TryAdd(names[i], i);
        }

        return places;
    }

    private void Note(string problem)
    {
        _count++;
        if (_first.Count < Reasons)
        {
            _first.Add(problem);
        }

        problemFound?.Invoke(problem);
    }

    private void Check(long pictures)
    {
        if (_count == pictures)
        {
            throw new InvalidDataException($"Not one of the {pictures} pictures of '{path}' has a usable prediction: {string.Join("; ", _first)}");
        }
    }

    // Of a file that is no picture the problem names it.
    private static string Named(string path, string? problem) => problem is not null && problem.Contains(path, StringComparison.Ordinal) ? problem : $"{path}: {problem}";
}
