using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Internals;
using MLNetVision.Labels;
using MLNetVision.Loading;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Records;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetVision.Training;

/// <summary>
/// The pictures and classes of a data view in random access. The view is read once, in its own order; rows without a label
/// are left out, and one warning counts them. Validation pictures of classes that the training data do not have stay, as wrong ones.
/// </summary>
internal sealed class TrainingPictures : IImageClassificationData, IDisposable
{
    /// <summary>What may stay in memory of pictures that are not files; more goes to a temporary file.</summary>
    private const long MemoryLimit = 512L << 20;

    private readonly PictureSpool _pictures;
    private readonly List<int> _classes = [];
    private readonly List<long> _rows = [];

    private TrainingPictures(PictureSpool pictures) => _pictures = pictures;

    public int Count => _classes.Count;

    /// <summary>Tells what of the data was left out before the training.</summary>
    public Func<TrainingData, TrainingData> WithLeftOut { get; private set; } = data => data;

    public int ClassOf(int index) => _classes[index];

    public string NameOf(int index) => _pictures.PathOf(index) ?? $"row {_rows[index]}";

    public long ContentOf(int index) => _pictures.ContentOf(index);

    public RgbImage Load(int index) => _pictures.Get(index).LoadCopy();

    /// <summary>The sides of a picture, from its header.</summary>
    /// <exception cref="InvalidDataException">It is no picture.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    public (int Width, int Height) SizeOf(int index) => _pictures.Get(index).ReadSize();

    public void Dispose() => _pictures.Dispose();

    /// <summary>Reads a data view.</summary>
    /// <param name="host">Where warnings go, and what stops the reading.</param>
    /// <param name="data">The data.</param>
    /// <param name="imageColumn">The column of pictures.</param>
    /// <param name="label">The column of labels.</param>
    /// <param name="orientation">Which way up pictures come.</param>
    /// <param name="role">"training" or "validation", for messages.</param>
    /// <exception cref="InvalidOperationException">No row has a label and a picture.</exception>
    public static TrainingPictures Read(IHost host, IDataView data, string imageColumn, LabelReader label, ExifOrientation orientation, string role)
    {
        ImageColumn images = ImageColumn.Find(data.Schema, imageColumn, orientation);
        var pictures = new TrainingPictures(new PictureSpool(MemoryLimit));
        long withoutLabel = 0;
        long withoutPicture = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([images.Column, .. label.Columns]))
        {
            Func<ImageSource?> readPicture = images.CreateReader(cursor);
            Func<int> readClass = label.CreateReader(cursor);
            while (cursor.MoveNext())
            {
                HostAccess.CheckAlive(host);
                int index = readClass();
                if (index == LabelReader.NoLabel)
                {
                    withoutLabel++;
                }
                else if (readPicture() is { } picture)
                {
                    pictures.Add(picture, index == LabelReader.UnknownClass ? IImageClassificationData.UnknownClass : index, cursor.Position);
                }
                else
                {
                    withoutPicture++;
                }
            }
        }

        Warn(host, withoutLabel, "{0} {1} row(s) have no label and are skipped.", role);
        Warn(host, withoutPicture, "{0} {1} row(s) have no picture and are skipped.", role);
        Warn(host, label.Unknown.Total, "{0} {1} picture(s) are of classes that the training data do not have, and count as wrong: {2}.", role, label.Unknown);
        if (pictures._classes.All(index => index == IImageClassificationData.UnknownClass))
        {
            string unknown = label.Unknown.Total == 0 ? string.Empty : $", {label.Unknown.Total} of classes that the training data do not have: {label.Unknown}";
            pictures.Dispose();
            throw new InvalidOperationException(
                $"The {role} data have no usable row: {withoutLabel} without a label in column '{label.Column.Name}', {withoutPicture} without a picture in column '{imageColumn}'{unknown}.{DataReports.Said(data)}");
        }

        (long leftOut, string? loader) = (withoutLabel + withoutPicture, DataReports.Find(data)?.ToString());
        pictures.WithLeftOut = known => known with { RowsLeftOut = leftOut, Loader = loader };
        return pictures;
    }

    private void Add(ImageSource picture, int index, long row)
    {
        _pictures.Add(picture);
        _classes.Add(index);
        _rows.Add(row);
    }

    private static void Warn(IHost host, long count, string text, params object[] more)
    {
        if (count > 0)
        {
            using IChannel channel = host.Start("Rows");
            channel.Warning(MessageSensitivity.UserData, text, [count, .. more]);
        }
    }
}
