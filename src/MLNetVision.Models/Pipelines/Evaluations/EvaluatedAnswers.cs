using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Options;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Shows an evaluation the answers for pictures whose truth is known, and counts what could not be answered.</summary>
/// <param name="path">The data.</param>
/// <param name="options">Who is told of what is found.</param>
/// <param name="known">The classes that the answers are numbered by.</param>
/// <param name="words">What answers.</param>
/// <param name="orientation">Whether pictures are turned upright.</param>
internal sealed class EvaluatedAnswers(string path, PictureEvaluationOptions options, IReadOnlyList<string> known, AnswererWords words, ExifOrientation orientation)
{
    private const int Reasons = 3;

    private readonly List<string> _first = [];
    private long _count;

    public IReadOnlyList<string> Known => known;

    /// <summary>Refuses data of other classes: the answers would be wrong everywhere.</summary>
    /// <param name="named">The classes of the data; none are left for later to refuse.</param>
    /// <param name="what">What they are called.</param>
    /// <exception cref="InvalidDataException">The answers have not one of them.</exception>
    public void CheckCommon(string[] named, string what)
    {
        if (named.Length > 0 && !named.Intersect(known).Any())
        {
            throw new InvalidDataException(
                $"{words.Knows} none of the {named.Length} {what} of '{path}': {NameList.Quoted(named)}. {words.KnowsTheOthers} {known.Count}: {NameList.Quoted(known)}. They are matched by their names, to the letter.{NearestName.Question(named[0], known)}");
        }
    }

    /// <summary>Counts the pictures of each class that the answers do not know, and tells of them.</summary>
    /// <param name="labels">The true class of each picture.</param>
    public NameCounts TellUnknown(IEnumerable<string> labels)
    {
        var counts = new NameCounts();
        HashSet<string> names = [.. known];
        foreach (string label in labels.Where(label => !names.Contains(label)))
        {
            counts.Add(label);
        }

        Tell(counts, "pictures", "wrong");
        return counts;
    }

    /// <summary>Evaluates classes.</summary>
    /// <param name="evaluation">Where to.</param>
    /// <param name="names">The classes of the evaluation.</param>
    /// <param name="answers">Each picture with its answer.</param>
    /// <exception cref="InvalidDataException">Not one picture has an answer.</exception>
    public void Classify(ClassificationEvaluation evaluation, IReadOnlyList<string> names, IEnumerable<(LabelledFile File, PicturePrediction Answer)> answers)
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

    /// <summary>Evaluates segments, and tells how many true ones are of each class that the answers do not know.</summary>
    /// <param name="evaluation">Where to.</param>
    /// <param name="names">The classes of the evaluation, of which the truth's are the first.</param>
    /// <param name="answers">Each picture with its answer.</param>
    /// <exception cref="InvalidDataException">There is no picture, no true segment, not one has an answer, or a truth has no masks.</exception>
    public void Segment(SegmentationEvaluation evaluation, IReadOnlyList<string> names, IEnumerable<(AnnotatedImage Image, PicturePrediction Answer)> answers)
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
        Tell(unknown, "true segments", "missed");
    }

    private void Tell(NameCounts unknown, string what, string consequence)
    {
        if (unknown.Total > 0)
        {
            options.UnknownClassesFound?.Invoke(unknown.Counts, $"{unknown.Total} {what} are of classes that {words.DoesNotKnow}, and count as {consequence}: {unknown}.");
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

        options.ProblemFound?.Invoke(problem);
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
