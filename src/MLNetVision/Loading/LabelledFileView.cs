using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Folders;

namespace MLNetVision.Loading;

/// <summary>
/// Paths, labels and parts of picture files as a data view. The disk is searched when the data are first read, once; the
/// pictures themselves are read by whoever needs them.
/// </summary>
internal sealed class LabelledFileView : IDataView
{
    private readonly Lazy<IReadOnlyList<LabelledFile>> _files;

    /// <param name="host">Where files that were left out are reported.</param>
    /// <param name="options">The names of the columns.</param>
    /// <param name="hasSplit">Whether there is a column for the part.</param>
    /// <param name="find">Searches the disk.</param>
    public LabelledFileView(IHost host, ImageFolderOptions options, bool hasSplit, Func<LabelledFiles> find)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(options.ImageColumnName, TextDataViewType.Instance);
        builder.AddColumn(options.LabelColumnName, TextDataViewType.Instance);
        if (hasSplit)
        {
            builder.AddColumn(options.SplitColumnName, TextDataViewType.Instance);
        }

        Schema = builder.ToSchema();
        _files = new Lazy<IReadOnlyList<LabelledFile>>(() => Report(host, find()));
    }

    private LabelledFileView(DataViewSchema schema, Lazy<IReadOnlyList<LabelledFile>> files)
    {
        Schema = schema;
        _files = files;
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => _files.IsValueCreated ? _files.Value.Count : null;

    /// <summary>The rows of some parts of the data, without searching the disk again.</summary>
    public LabelledFileView Only(Predicate<string?> split) =>
        new(Schema, new Lazy<IReadOnlyList<LabelledFile>>(() => [.. _files.Value.Where(file => split(file.Split))]));

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        int[] order = [.. Enumerable.Range(0, _files.Value.Count)];
        rand?.Shuffle(order);
        return new LabelledFileCursor(Schema, _files.Value, order, [.. columnsNeeded.Select(column => column.Index)]);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static IReadOnlyList<LabelledFile> Report(IHost host, LabelledFiles found)
    {
        if (found.Bad.Count > 0)
        {
            using IChannel channel = host.Start("Files");
            channel.Warning(MessageSensitivity.UserData, "{0} file(s) were left out: {1}", found.Bad.Count, string.Join("; ", found.Bad));
        }

        return found.Files;
    }
}
