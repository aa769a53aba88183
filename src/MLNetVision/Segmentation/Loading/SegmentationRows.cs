using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Loading;

namespace MLNetVision.Segmentation.Loading;

/// <summary>Annotated images as a data view of universal rows, read one at a time.</summary>
internal static class SegmentationRows
{
    private const int NamesInWarning = 20;

    /// <summary>Rows of segments.</summary>
    public static IDataView AsDataView(DataOperationsCatalog catalog, IHost host, AnnotationSource source, SegmentationLoadOptions options) =>
        AsDataView(catalog, host, source, options, SegmentationRow.Of);

    /// <summary>Rows of boxes, without masks.</summary>
    public static IDataView AsBoxes(DataOperationsCatalog catalog, IHost host, AnnotationSource source, SegmentationLoadOptions options) =>
        AsDataView(catalog, host, source, options, BoxRow.Of);

    private static IDataView AsDataView<TRow>(DataOperationsCatalog catalog, IHost host, AnnotationSource source, SegmentationLoadOptions options, Func<AnnotatedImage, TRow> toRow)
        where TRow : class
    {
        if (source.Classes.Count == 0)
        {
            throw WithoutClasses(source, options);
        }

        StrongBox<DataReport?>? report = null;
        IDataView view = catalog.LoadFromEnumerable(Read(host, source, options, toRow, state => report!.Value = state), Definition(typeof(TRow), source.Classes));
        report = DataReports.Attach(view, SegmentationColumns.Label);
        return view;
    }

    // Why there is none, the first records tell.
    private static InvalidDataException WithoutClasses(AnnotationSource source, SegmentationLoadOptions options)
    {
        var pass = new AnnotationPass(source with { Records = [.. source.Records.Take(NamesInWarning)] }, options);
        try
        {
            _ = pass.Read().Count();
        }
        catch (InvalidDataException)
        {
            // It is said below.
        }

        return new InvalidDataException($"'{source.Name}' has no classes.{(pass.Found.Count > 0 ? $" {string.Join("; ", pass.Found.Take(3))}" : string.Empty)}");
    }

    private static SchemaDefinition Definition(Type row, IReadOnlyList<SegmentationClass> classes)
    {
        SchemaDefinition definition = SchemaDefinition.Create(row);
        definition[SegmentationColumns.ImageSize].ColumnType = new VectorDataViewType(NumberDataViewType.Int32, 2);
        SchemaDefinition.Column label = definition[SegmentationColumns.Label];
        label.ColumnType = new VectorDataViewType(new KeyDataViewType(typeof(uint), classes.Count));
        ReadOnlyMemory<char>[] names = [.. classes.Select(c => c.Name.AsMemory())];
        label.AddAnnotation("KeyValues", new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        bool[] things = [.. classes.Select(c => c.IsThing)];
        label.AddAnnotation(SegmentationColumns.IsThing, new VBuffer<bool>(things.Length, things), new VectorDataViewType(BooleanDataViewType.Instance, things.Length));
        return definition;
    }

    private static IEnumerable<TRow> Read<TRow>(IHost host, AnnotationSource source, SegmentationLoadOptions options, Func<AnnotatedImage, TRow> toRow, Action<DataReport> keep)
    {
        var pass = new AnnotationPass(source, options);
        try
        {
            foreach (AnnotatedImage image in pass.Read())
            {
                yield return toRow(image);
            }
        }
        finally
        {
            keep(pass.State);
        }

        Report(host, source, pass);
    }

    private static void Report(IHost host, AnnotationSource source, AnnotationPass pass)
    {
        if (pass.Found.Count == 0)
        {
            return;
        }

        using IChannel channel = host.Start("Records");
        Warn(BadRecordKind.Record, $"of {source.Records.Count} record(s) were left out");
        Warn(BadRecordKind.Annotation, "annotation(s) were left out, the others of their pictures were not");
        Warn(BadRecordKind.Remark, "remark(s)");

        void Warn(BadRecordKind kind, string what)
        {
            if (pass.Count(kind) > 0)
            {
                channel.Warning(MessageSensitivity.UserData, "'{0}': {1} {2}: {3}{4}", source.Name, pass.Count(kind), what,
                    string.Join("; ", pass.Found.Where(found => found.Kind == kind).Take(NamesInWarning)), pass.Count(kind) > NamesInWarning ? "; …" : string.Empty);
            }
        }
    }
}
