using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Figures;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Loading;
using MLNetVision.Models.Training.Records;
using MLNetVision.Models.Training.Segmentation.Scenes;
using MLNetVision.Models.Training.State;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetVision.Training;

/// <summary>
/// The pictures and segments of a data view in random access. The view is read once, in its own order; broken rows are
/// left out, and one warning counts and names them. Masks stay in memory as run lengths; pictures that are files stay paths.
/// </summary>
internal sealed class TrainingScenes : ISegmentationData, IDisposable
{
    /// <summary>What may stay in memory of pictures that are not files; more goes to a temporary file.</summary>
    private const long MemoryLimit = 512L << 20;

    private const int NamesInWarning = 20;

    private readonly PictureSpool _pictures = new(MemoryLimit);
    private readonly List<(long Row, IReadOnlyList<Segment> Truth)> _scenes = [];
    private readonly bool _mergesClasses;

    private TrainingScenes(bool mergesClasses) => _mergesClasses = mergesClasses;

    public int Count => _scenes.Count;

    /// <summary>Tells what of the data was left out before the training.</summary>
    public Func<TrainingData, TrainingData> WithLeftOut { get; private set; } = data => data;

    public IReadOnlyCollection<int> ClassesOf(int index) => [.. Objects(index).Select(segment => segment.Class)];

    public string NameOf(int index) => _pictures.PathOf(index) ?? $"row {_scenes[index].Row}";

    public long ContentOf(int index)
    {
        long content = _pictures.ContentOf(index);
        foreach (Segment segment in TruthOf(index))
        {
            content = unchecked((content * 31) + PictureContents.OfBytes(System.Text.Encoding.ASCII.GetBytes(segment.Mask!.ToCompressed())) + (segment.IsCrowd ? 1 : 0));
        }

        return content;
    }

    /// <summary>The true segments of a picture, crowds among them.</summary>
    public IReadOnlyList<Segment> TruthOf(int index) => _scenes[index].Truth;

    /// <summary>The sides of a picture, from its masks where it has some, otherwise from its header.</summary>
    /// <exception cref="InvalidDataException">It is no picture.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public (int Width, int Height) SizeOf(int index) =>
        TruthOf(index) is [{ Mask: { } mask }, ..] ? (mask.Width, mask.Height) : _pictures.Get(index).ReadSize();

    /// <summary>The picture alone.</summary>
    /// <exception cref="InvalidDataException">It cannot be decoded.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public RgbImage LoadPicture(int index)
    {
        ImageSource source = _pictures.Get(index);
        RgbImage picture = source.LoadCopy();
        if (source.Pixels is not null || TruthOf(index) is not [{ Mask: { } mask }, ..] || (mask.Width, mask.Height) == (picture.Width, picture.Height))
        {
            return picture;
        }

        // Masks that were made for the other way up still fit the picture as it is then.
        ImageSource other = source.WithOrientation(source.Orientation == ExifOrientation.Apply ? ExifOrientation.Ignore : ExifOrientation.Apply);
        return other.ReadSize() == (mask.Width, mask.Height) ? other.LoadCopy() : picture;
    }

    /// <summary>The picture with its segments; crowds are no segments, their pixels count neither for nor against the model.</summary>
    public SegmentationSample Load(int index)
    {
        RgbImage picture = LoadPicture(index);
        Segment[] objects = [.. Objects(index)];
        RunLengthMask[] crowds = [.. TruthOf(index).Where(segment => segment.IsCrowd).Select(segment => segment.Mask!)];
        RunLengthMask[] masks = [.. objects.Select(segment => segment.Mask!)];
        RunLengthMask? ignored = crowds.Length == 0 ? null : RunLengthMask.Union(crowds);
        if (ignored is not null && masks.Length > 0)
        {
            ignored = ignored.Except(RunLengthMask.Union(masks));
        }

        if (!_mergesClasses)
        {
            return new SegmentationSample(picture, masks, [.. objects.Select(segment => segment.Class)], ignored);
        }

        IGrouping<int, Segment>[] classes = [.. objects.GroupBy(segment => segment.Class)];
        return new SegmentationSample(
            picture, [.. classes.Select(group => RunLengthMask.Union([.. group.Select(segment => segment.Mask!)]))], [.. classes.Select(group => group.Key)], ignored);
    }

    public void Dispose() => _pictures.Dispose();

    /// <summary>Reads a data view.</summary>
    /// <param name="host">Where warnings go, and what stops the reading.</param>
    /// <param name="data">The data.</param>
    /// <param name="columns">Where pictures and segments are.</param>
    /// <param name="mergesClasses">Whether the segments of a class become one, as semantic segmentation is trained.</param>
    /// <param name="role">"training" or "validation", for messages.</param>
    /// <param name="check">Refuses segments that are not fit for the task, by an <see cref="ArgumentException"/>; null for none.</param>
    /// <exception cref="InvalidOperationException">No row can be used, or not one has a segment.</exception>
    public static TrainingScenes Read(IHost host, IDataView data, SceneColumns columns, bool mergesClasses, string role, ISegmentEvaluator? check = null)
    {
        var scenes = new TrainingScenes(mergesClasses);
        var bad = new List<string>();
        using (DataViewRowCursor cursor = data.GetRowCursor(columns.All))
        {
            Func<SceneRow> read = columns.CreateReader(cursor);
            while (cursor.MoveNext())
            {
                HostAccess.CheckAlive(host);
                try
                {
                    (ImageSource picture, IReadOnlyList<Segment> truth) = read();
                    Check(check, cursor.Position, truth);
                    scenes._pictures.Add(picture);
                    scenes._scenes.Add((cursor.Position, truth));
                }
                catch (InvalidDataException e)
                {
                    bad.Add(e.Message);
                }
            }
        }

        string names = string.Join("; ", bad.Take(NamesInWarning)) + (bad.Count > NamesInWarning ? "; …" : string.Empty);
        if (scenes.Count == 0)
        {
            scenes.Dispose();
            throw new InvalidOperationException($"The {role} data have no usable row; {bad.Count} are broken. {names}".TrimEnd() + DataReports.Said(data));
        }

        if (!scenes._scenes.Any(scene => scene.Truth.Any(segment => !segment.IsCrowd)))
        {
            // Single pictures without segments are of use, to learn where there is nothing.
            int count = scenes.Count;
            scenes.Dispose();
            throw new InvalidOperationException(
                $"The {role} data have {count} picture(s) and not one segment in them: the annotations are missing, or are of other pictures.{(bad.Count > 0 ? $" {bad.Count} row(s) are broken: {names}" : string.Empty)}{DataReports.Said(data)}");
        }

        if (bad.Count > 0)
        {
            using IChannel channel = host.Start("Rows");
            channel.Warning(MessageSensitivity.UserData, "{0} {1} row(s) are broken and are skipped: {2}", bad.Count, role, names);
        }

        if (columns.Classes is { } classes)
        {
            scenes.TellUnknown(host, classes);
        }

        (long leftOut, string? loader) = (bad.Count, DataReports.Find(data)?.ToString());
        scenes.WithLeftOut = known => known with { RowsLeftOut = leftOut, Loader = loader };
        return scenes;
    }

    /// <exception cref="InvalidOperationException">All segments are of other classes.</exception>
    private void TellUnknown(IHost host, ValidationClasses classes)
    {
        var unknown = new NameCounts();
        Segment[] segments = [.. _scenes.SelectMany(scene => scene.Truth).Where(segment => !segment.IsCrowd)];
        foreach (Segment segment in segments.Where(segment => classes.IsUnknown(segment.Class)))
        {
            unknown.Add(classes.Names[segment.Class]);
        }

        if (unknown.Total == segments.Length)
        {
            Dispose();
            throw new InvalidOperationException($"The validation data have no usable segment; {unknown.Total} are of classes that the training data do not have: {unknown}.");
        }

        if (unknown.Total > 0)
        {
            using IChannel channel = host.Start("Rows");
            channel.Warning(MessageSensitivity.UserData, "{0} validation segment(s) are of classes that the training data do not have, and count as missed: {1}.", unknown.Total, unknown);
        }
    }

    private static void Check(ISegmentEvaluator? check, long row, IReadOnlyList<Segment> truth)
    {
        try
        {
            check?.Add(row, truth, []);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"Row {row}: {e.Message}", e);
        }
    }

    private IEnumerable<Segment> Objects(int index) => TruthOf(index).Where(segment => !segment.IsCrowd);
}
