using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Predicted segments in a COCO file: they are read when they are asked for.</summary>
internal sealed class SavedCoco : ISavedPredictions
{
    private readonly List<AnnotationRecord> _records = [];

    private SavedCoco(IReadOnlyList<string> names) => ClassNames = names;

    public bool HasSegments => true;

    public bool HasScores { get; private set; } = true;

    public IReadOnlyList<string> ClassNames { get; }

    public int? NamedClasses => null;

    public IReadOnlyList<string> Images { get; private set; } = [];

    public static SavedCoco Read(string path, AnnotationForm form, Action<string>? problemFound)
    {
        // Only the names of the pictures matter here; what they show is looked for in the truth.
        var options = new SegmentationLoadOptions { RequireImages = false, AllowOutsideFolder = true };
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        AnnotationSource source = form == AnnotationForm.CocoPanoptic ? CocoPanoptic.Open(path, folder, options: options) : CocoInstances.Open(path, folder, options);
        var saved = new SavedCoco([.. source.Classes.Select(found => found.Name)]);
        var images = new List<string>();
        (long all, long unscored) = (0, 0);
        foreach (AnnotationRecord record in source.Records)
        {
            try
            {
                AnnotatedImage image = record.Read();
                all += image.Segments.Count;
                unscored += image.Segments.Count(segment => segment.Score is null);
                saved._records.Add(record);
                images.Add(image.Path);
                foreach ((_, string reason) in image.Notes)
                {
                    problemFound?.Invoke($"{record.Name} of '{path}': {reason}");
                }
            }
            catch (Exception e) when (e is InvalidDataException or FormatException or IOException)
            {
                problemFound?.Invoke($"{record.Name} of '{path}' is left out: {e.Message}");
            }
        }

        saved.HasScores = unscored == 0;
        if (unscored > 0 && form != AnnotationForm.CocoPanoptic)
        {
            problemFound?.Invoke($"'{path}': {unscored} of {all} segments have no score and count as 1, before all others: average precision ranks segments by their scores.");
        }

        saved.Images = images;
        return saved;
    }

    public PicturePrediction Read(int place)
    {
        AnnotatedImage image = _records[place].Read();
        return new PicturePrediction(
            new PictureRequest { Image = Images[place] }, null,
            new SegmentationResult(image.Height, image.Width, [.. image.Segments.Select((segment, i) => new PredictedSegment(i + 1, segment.Class, (float)(segment.Score ?? 1), segment.Mask!) { ClassName = ClassNames[segment.Class] })]),
            null);
    }

    public void Dispose()
    {
    }
}
