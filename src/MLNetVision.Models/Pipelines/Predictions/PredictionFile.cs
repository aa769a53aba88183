using MLNetVision.Imaging.Annotations.Forms;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>
/// Predictions that were saved: lines of JSON or comma-separated values as <see cref="PredictionLines"/> writes them, or a COCO file of
/// <see cref="PredictionCocoFile"/>. Segments stay in the file until they are asked for.
/// </summary>
public sealed class PredictionFile : IDisposable
{
    private readonly ISavedPredictions _saved;

    private PredictionFile(string path, ISavedPredictions saved) => (Path, _saved) = (path, saved);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether the predictions are of segments; otherwise they are of classes.</summary>
    public bool HasSegments => _saved.HasSegments;

    /// <summary>Whether segments have scores. Only COCO files of other programs may lack them.</summary>
    public bool HasScores => _saved.HasScores;

    /// <summary>The classes: of COCO's forms those of the file, otherwise those that occur, by their names.</summary>
    public IReadOnlyList<string> ClassNames => _saved.ClassNames;

    /// <summary>Of predicted classes, how many of the most probable ones each prediction names at least; null for all, and of segments.</summary>
    public int? NamedClasses => _saved.NamedClasses is { } named && named < ClassNames.Count ? named : null;

    /// <summary>The pictures as the file names them, in its order. Of a picture that occurs several times the last prediction is meant.</summary>
    public IReadOnlyList<string> Images => _saved.Images;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problemFound">Told which lines or records cannot be read and are left out; by default null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds no predictions, or boxes without masks.</exception>
    public static PredictionFile Open(string path, Action<string>? problemFound = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{System.IO.Path.GetFullPath(path)}' of predictions.", path);
        }

        ISavedPredictions saved = First(path) switch
        {
            'i' or '"' => SavedTable.Read(path, problemFound),
            '{' when IsCoco(path, out AnnotationForm form) => SavedCoco.Read(path, form, problemFound),
            '{' => SavedLines.Read(path, problemFound),
            _ => throw new InvalidDataException($"'{path}' holds no predictions: expected JSON objects on lines, comma-separated values that begin with a line image,label,score, or a COCO file, as predict writes them."),
        };
        if (saved.Images.Count > 0)
        {
            return new PredictionFile(path, saved);
        }

        saved.Dispose();
        throw new InvalidDataException($"'{path}' holds no prediction.");
    }

    /// <summary>Reads a prediction.</summary>
    /// <param name="place">Its place in <see cref="Images"/>.</param>
    /// <returns>The prediction; classes and segments are numbered by <see cref="ClassNames"/>, and classes that are not named have the probability 0.</returns>
    /// <exception cref="IOException">The file cannot be read any more.</exception>
    public PicturePrediction Read(int place) => _saved.Read(place);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _saved.Dispose();

    private static bool IsCoco(string path, out AnnotationForm form)
    {
        form = default;
        if (System.IO.Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson" || AnnotationForms.Recognise(path) is not { } found)
        {
            return false;
        }

        form = found.Form;
        return form is AnnotationForm.CocoInstances or AnnotationForm.CocoPanoptic ? true
            : throw new InvalidDataException($"'{path}' holds annotations ({form}), not predictions with masks.");
    }

    private static char First(string path)
    {
        using var reader = new StreamReader(path);
        int c;
        do
        {
            c = reader.Read();
        }
        while (c >= 0 && char.IsWhiteSpace((char)c));

        return c < 0 ? '\0' : (char)c;
    }
}
