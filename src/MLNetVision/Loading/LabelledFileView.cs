using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Folders;

namespace MLNetVision.Loading;

/// <summary>
/// Paths, labels and parts of picture files as a data view. The disk is searched when the data are first read, once; the
/// pictures themselves are read by whoever needs them.
/// </summary>
internal sealed class LabelledFileView : IDataView
{
    private const int NamesInWarning = 20;

    // Of no use but that it is there: transforms hand annotations on, by which the report of the rows behind them is found.
    private const string Mark = "IsLoadedPicture";

    private readonly ImageFolderOptions _options;
    private readonly bool _hasSplit;
    private readonly Lazy<LabelledFiles> _found;
    private readonly Lazy<IReadOnlyList<LabelledFile>> _files;

    /// <param name="host">Where files that were left out are reported.</param>
    /// <param name="options">The names of the columns.</param>
    /// <param name="hasSplit">Whether there is a column for the part.</param>
    /// <param name="source">The folder or list, for messages.</param>
    /// <param name="find">Searches the disk.</param>
    public LabelledFileView(IHost host, ImageFolderOptions options, bool hasSplit, string source, Func<LabelledFiles> find)
    {
        (_options, _hasSplit, Source) = (options, hasSplit, source);
        _found = new Lazy<LabelledFiles>(() => Check(host, find(), options.ToleratedBadShare, source));
        (Schema, _files) = (CreateSchema(), Reported(() => _found.Value.Files));
    }

    private LabelledFileView(LabelledFileView all, Predicate<string?> isWanted)
    {
        (_options, _hasSplit, Source, _found) = (all._options, all._hasSplit, all.Source, all._found);
        (Schema, _files) = (CreateSchema(), Reported(() => [.. all._files.Value.Where(file => isWanted(file.Split))]));
    }

    /// <summary>The folder or list.</summary>
    public string Source { get; }

    /// <summary>What was found, bad files of all parts among it; null before the disk was searched.</summary>
    public DataReport? Report => _found.IsValueCreated ? ReportOf(_files.Value) : null;

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => _files.IsValueCreated ? _files.Value.Count : null;

    /// <summary>The rows of some parts of the data, without searching the disk again.</summary>
    public LabelledFileView Only(Predicate<string?> split) => new(this, split);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        int[] order = [.. Enumerable.Range(0, _files.Value.Count)];
        rand?.Shuffle(order);
        return new LabelledFileCursor(Schema, _files.Value, order, [.. columnsNeeded.Select(column => column.Index)]);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private DataViewSchema CreateSchema()
    {
        var mark = new DataViewSchema.Annotations.Builder();
        mark.AddPrimitiveValue(Mark, BooleanDataViewType.Instance, true);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(_options.ImageColumnName, TextDataViewType.Instance, mark.ToAnnotations());
        builder.AddColumn(_options.LabelColumnName, TextDataViewType.Instance);
        if (_hasSplit)
        {
            builder.AddColumn(_options.SplitColumnName, TextDataViewType.Instance);
        }

        return builder.ToSchema();
    }

    private Lazy<IReadOnlyList<LabelledFile>> Reported(Func<IReadOnlyList<LabelledFile>> find) => new(() =>
    {
        IReadOnlyList<LabelledFile> files = find();
        DataReports.Attach(this, _options.ImageColumnName).Value = ReportOf(files);
        return files;
    });

    private DataReport ReportOf(IReadOnlyList<LabelledFile> files) => new(
        Source, files.Count + _found.Value.Bad.Count, files.Count, _found.Value.Bad.Count, BadAnnotations: 0,
        [.. _found.Value.Bad.Select(reason => new BadRecord(Source, reason))], IsComplete: true);

    private static LabelledFiles Check(IHost host, LabelledFiles found, double? toleratedShare, string source)
    {
        int all = found.Files.Count + found.Bad.Count;
        if (toleratedShare is { } share && found.Bad.Count > share * all)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"More than the tolerated {100 * share:0.##} % of the {all} files of '{source}' cannot be used.{LabelledFiles.LeftOut(found.Bad)}"));
        }

        if (found.Bad.Count > 0)
        {
            using IChannel channel = host.Start("Files");
            channel.Warning(MessageSensitivity.UserData, "{0} file(s) were left out: {1}", found.Bad.Count, LabelledFiles.First(found.Bad, NamesInWarning));
        }

        return found;
    }
}
