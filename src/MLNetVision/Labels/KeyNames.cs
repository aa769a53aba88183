using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Labels;

/// <summary>The values that a key column's keys stand for, in their own type: text, numbers, dates.</summary>
internal abstract class KeyNames
{
    private protected const string AnnotationKind = "KeyValues";

    /// <summary>The type of a value.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>The values as text.</summary>
    public abstract IReadOnlyList<string> ToText();

    /// <summary>Adds the values to a column's annotations.</summary>
    /// <param name="builder">The annotations.</param>
    /// <param name="kind">The annotation's name, such as KeyValues.</param>
    public abstract void Annotate(DataViewSchema.Annotations.Builder builder, string kind = AnnotationKind);

    public abstract void Write(BinaryWriter writer);

    /// <summary>Names that are text.</summary>
    public static KeyNames OfText(IEnumerable<string> names) =>
        new KeyNames<ReadOnlyMemory<char>>(TextDataViewType.Instance, [.. names.Select(name => name.AsMemory())], KeyNameCodec.Text);

    /// <summary>Those of a column of keys or of vectors of keys; null if it has none, or not as many as keys.</summary>
    public static KeyNames? Of(DataViewSchema.Column column)
    {
        DataViewType item = column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
        int count = item is KeyDataViewType { Count: <= int.MaxValue } key ? (int)key.Count : 0;
        return column.Annotations.Schema.GetColumnOrNull(AnnotationKind) is { Type: VectorDataViewType values } && values.Size == count
            ? KeyNameCodec.Find(values.ItemType)?.ReadAnnotation(column.Annotations, AnnotationKind)
            : null;
    }

    public static KeyNames Read(BinaryReader reader) => KeyNameCodec.Read(reader);
}

/// <summary>Key values of a given type.</summary>
internal sealed class KeyNames<T>(PrimitiveDataViewType itemType, T[] values, KeyNameCodec<T> codec) : KeyNames
{
    public override PrimitiveDataViewType ItemType => itemType;

    public override IReadOnlyList<string> ToText() => [.. values.Select(value => value?.ToString() ?? string.Empty)];

    public override void Annotate(DataViewSchema.Annotations.Builder builder, string kind = AnnotationKind) =>
        builder.Add(kind, new VectorDataViewType(itemType, values.Length), (ref VBuffer<T> names) => new VBuffer<T>(values.Length, values).CopyTo(ref names));

    public override void Write(BinaryWriter writer)
    {
        codec.WriteName(writer);
        writer.Write(values.Length);
        foreach (T value in values)
        {
            codec.Write(writer, value);
        }
    }
}
