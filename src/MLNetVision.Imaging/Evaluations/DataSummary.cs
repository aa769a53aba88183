using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>Is shown sets of labelled pictures, and writes how often each class is in them, and some pictures of the first set.</summary>
internal sealed class DataSummary
{
    private const int Samples = 16;
    private const int LabelledSide = 160;
    private const int SegmentedSide = 300;

    private readonly SampleOf<Sample> _sample = new(Samples);
    private string? _first;

    /// <param name="Picture">The picture.</param>
    /// <param name="Caption">Its label, or its name.</param>
    /// <param name="Segments">Its segments; empty where it has a label.</param>
    public sealed record Sample(ImageSource? Picture, string Caption, IReadOnlyList<Segment> Segments);

    public LabelCounts.Counter Counter { get; } = new();

    public void BeginSet(string name)
    {
        _first ??= name;
        IsFirst = _first == name;
        Counter.BeginSet(name);
    }

    /// <summary>Whether rows may be drawn.</summary>
    public bool IsFirst { get; private set; }

    public void Offer(Func<Sample> make)
    {
        if (IsFirst)
        {
            _sample.Offer(make);
        }
    }

    /// <summary>Writes labels.svg, labels.csv and NAME_batch0.jpg.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="counts">The counts.</param>
    public void Save(string folder, LabelCounts counts)
    {
        var files = new EvaluationFolder(folder);
        files.Write("labels.svg", counts.ToSvg());
        files.Write("labels.csv", counts.ToCsv());
        IReadOnlyList<Sample> sample = _sample.Ordered();
        if (sample.All(item => item.Picture is null))
        {
            return;
        }

        bool isSegmented = sample.Any(item => item.Segments.Count > 0);
        string name = string.Concat(_first!.Select(c => Path.GetInvalidFileNameChars().Contains(c) || c is '/' or '\\' ? '_' : c));
        files.Write($"{name}_batch0.jpg", PictureMosaic.ToJpeg(
            [.. sample.Select(Tile)], isSegmented ? SegmentedSide : LabelledSide, new SegmentationOverlayOptions { LabelNames = counts.ClassNames, Scores = false }));
    }

    private static MosaicTile Tile(Sample sample)
    {
        RgbImage? picture = EvaluationFolder.Decode(() =>
            sample.Picture is not { } source ? null
            : sample.Segments is [{ Mask: { } mask }, ..] ? PictureOfSegments.Load(source, mask.Height, mask.Width)
            : source.Load()).Picture;
        return new MosaicTile(picture, sample.Caption) { Segments = sample.Segments };
    }
}
