using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;

namespace MLNetVision.Segmentation.Loading;

/// <summary>Annotated images as a data view of universal rows, read one at a time.</summary>
internal static class SegmentationRows
{
    private const int NamesInWarning = 20;

    public static IDataView AsDataView(DataOperationsCatalog catalog, IHost host, AnnotationSource source, SegmentationLoadOptions options)
    {
        if (source.Classes.Count == 0)
        {
            throw new InvalidDataException($"'{source.Name}' has no classes.");
        }

        return catalog.LoadFromEnumerable(Read(host, source, options), Definition(source.Classes));
    }

    private static SchemaDefinition Definition(IReadOnlyList<SegmentationClass> classes)
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(SegmentationRow));
        definition[SegmentationColumns.ImageSize].ColumnType = new VectorDataViewType(NumberDataViewType.Int32, 2);
        SchemaDefinition.Column label = definition[SegmentationColumns.Label];
        label.ColumnType = new VectorDataViewType(new KeyDataViewType(typeof(uint), classes.Count));
        ReadOnlyMemory<char>[] names = [.. classes.Select(c => c.Name.AsMemory())];
        label.AddAnnotation("KeyValues", new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        bool[] things = [.. classes.Select(c => c.IsThing)];
        label.AddAnnotation(SegmentationColumns.IsThing, new VBuffer<bool>(things.Length, things), new VectorDataViewType(BooleanDataViewType.Instance, things.Length));
        return definition;
    }

    private static IEnumerable<SegmentationRow> Read(IHost host, AnnotationSource source, SegmentationLoadOptions options)
    {
        var bad = new List<BadRecord>();
        var reading = new SegmentationLoadOptions
        {
            BadRecords = options.BadRecords,
            RequireImages = options.RequireImages,
            KeepEmptyImages = options.KeepEmptyImages,
            BadRecordFound = record =>
            {
                options.BadRecordFound?.Invoke(record);
                bad.Add(record);
            },
        };
        foreach (AnnotatedImage image in source.Read(reading))
        {
            yield return SegmentationRow.Of(image);
        }

        if (bad.Count > 0)
        {
            using IChannel channel = host.Start("Records");
            channel.Warning(MessageSensitivity.UserData, "'{0}': {1} of {2} record(s) were left out: {3}{4}", source.Name, bad.Count, source.Records.Count,
                string.Join("; ", bad.Take(NamesInWarning)), bad.Count > NamesInWarning ? "; …" : string.Empty);
        }
    }
}
