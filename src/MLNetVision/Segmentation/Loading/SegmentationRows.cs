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
        foreach (AnnotationRecord record in source.Records)
        {
            AnnotatedImage? image = TryRead(record, source, options, bad);
            if (image is not null && (options.KeepEmptyImages || image.Segments.Count > 0))
            {
                yield return SegmentationRow.Of(image);
            }
        }

        if (bad.Count > 0)
        {
            using IChannel channel = host.Start("Records");
            channel.Warning(MessageSensitivity.UserData, "'{0}': {1} of {2} record(s) were left out: {3}{4}", source.Name, bad.Count, source.Records.Count,
                string.Join("; ", bad.Take(NamesInWarning)), bad.Count > NamesInWarning ? "; …" : string.Empty);
        }
    }

    private static AnnotatedImage? TryRead(AnnotationRecord record, AnnotationSource source, SegmentationLoadOptions options, List<BadRecord> bad)
    {
        try
        {
            AnnotatedImage image = record.Read();
            return !options.RequireImages || File.Exists(image.Path)
                ? image
                : throw new InvalidDataException($"the picture '{image.Path}' does not exist");
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            var found = new BadRecord(record.Name, e.Message);
            options.BadRecordFound?.Invoke(found);
            if (options.BadRecords == BadRecordPolicy.Throw)
            {
                throw new InvalidDataException($"'{source.Name}', {found}", e);
            }

            bad.Add(found);
            return null;
        }
    }
}
