using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Labels;

/// <summary>The classes of a model: their text names and the key type by which ML.NET knows them.</summary>
internal sealed class ClassLabels
{
    private static readonly Type[] KeyTypes = [typeof(byte), typeof(ushort), typeof(uint), typeof(ulong)];

    private ClassLabels(KeyDataViewType key, KeyNames? values, IReadOnlyList<string> names)
    {
        Key = key;
        Values = values;
        Names = names;
    }

    /// <summary>The key column type of predicted labels; key k stands for class k − 1.</summary>
    public KeyDataViewType Key { get; }

    /// <summary>What the keys stand for; null if the training label did not say.</summary>
    public KeyNames? Values { get; }

    /// <summary>A text for each class.</summary>
    public IReadOnlyList<string> Names { get; }

    public int Count => Names.Count;

    /// <summary>The labels of a checkpoint (id2label).</summary>
    public static ClassLabels Of(IReadOnlyList<string> names) =>
        new(new KeyDataViewType(typeof(uint), names.Count), KeyNames.OfText(names), names);

    /// <summary>The classes of a key column: as many as keys, whether they occur or not.</summary>
    /// <param name="schema">The training data's schema.</param>
    /// <param name="column">The label column.</param>
    /// <param name="fallbackNames">Names for keys without values, from their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing, is no key, or its keys have no known number.</exception>
    public static ClassLabels Of(DataViewSchema schema, string column, Func<int, IReadOnlyList<string>> fallbackNames)
    {
        const string Expected = "a key with a known number of keys, at least 2";
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("label", column, Expected, schema);
        if (label.Type is not KeyDataViewType { Count: >= 2 and <= int.MaxValue } key)
        {
            throw label.Type is KeyDataViewType { Count: 1 }
                ? SchemaMismatch.WrongType("label", column, Expected, $"a key with one: your data has one class{(KeyNames.Of(label) is { } one ? $", '{one.ToText()[0]}'" : string.Empty)}")
                : SchemaMismatch.WrongType("label", column, Expected, label.Type + Hint(label.Type is not KeyDataViewType, column));
        }

        KeyNames? values = KeyNames.Of(label);
        return new ClassLabels(key, values, values?.ToText() ?? fallbackNames((int)key.Count));
    }

    /// <summary>The classes of a column of key vectors, one key for each segment of a row.</summary>
    /// <inheritdoc cref="Of(DataViewSchema, string, Func{int, IReadOnlyList{string}})"/>
    public static ClassLabels OfSegments(DataViewSchema schema, string column, Func<int, IReadOnlyList<string>> fallbackNames)
    {
        const string Expected = "a vector of UInt32 keys with a known number of keys";
        DataViewSchema.Column label = schema.GetColumnOrNull(column) ?? throw SchemaMismatch.Missing("label", column, Expected, schema);
        if (label.Type is not VectorDataViewType { ItemType: KeyDataViewType { Count: >= 1 and <= int.MaxValue } key } || key.RawType != typeof(uint))
        {
            throw SchemaMismatch.WrongType("label", column, Expected, label.Type + Hint(label.Type is VectorDataViewType { ItemType: not KeyDataViewType }, column));
        }

        KeyNames? values = KeyNames.Of(label);
        return new ClassLabels(key, values, values?.ToText() ?? fallbackNames((int)key.Count));
    }

    /// <summary>
    /// What is known of the classes before training: enough for the shape of a schema, in which neither the number of
    /// classes nor their names appear.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is no key.</exception>
    public static ClassLabels Placeholder(SchemaShape schema, string column)
    {
        SchemaShape.Column label = SchemaShapes.Find(schema, column) ?? throw SchemaMismatch.Missing("label", column, "a key", schema);
        if (!label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar)
        {
            throw SchemaMismatch.WrongType("label", column, "a key", SchemaShapes.Describe(label) + Hint(!label.IsKey && label.Kind == SchemaShape.Column.VectorKind.Scalar, column));
        }

        return Placeholder(label);
    }

    /// <summary>The same for a column of key vectors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is no vector of keys.</exception>
    public static ClassLabels PlaceholderOfSegments(SchemaShape schema, string column)
    {
        const string Expected = "a vector of UInt32 keys";
        SchemaShape.Column label = SchemaShapes.Find(schema, column) ?? throw SchemaMismatch.Missing("label", column, Expected, schema);
        if (!label.IsKey || label.Kind == SchemaShape.Column.VectorKind.Scalar || label.ItemType.RawType != typeof(uint))
        {
            throw SchemaMismatch.WrongType("label", column, Expected, SchemaShapes.Describe(label) + Hint(!label.IsKey && label.Kind != SchemaShape.Column.VectorKind.Scalar, column));
        }

        return Placeholder(label);
    }

    // Everybody forgets it once.
    private static string Hint(bool isMappable, string column) =>
        isMappable ? $". Put mlContext.Transforms.Conversion.MapValueToKey(\"{column}\") before the trainer: it makes keys of such labels" : string.Empty;

    private static ClassLabels Placeholder(SchemaShape.Column label)
    {
        KeyNames? values = SchemaShapes.Find(label.Annotations, "KeyValues") is { Kind: SchemaShape.Column.VectorKind.Vector } annotation
            ? KeyNameCodec.Find(annotation.ItemType)?.Empty(2)
            : null;
        return new ClassLabels(new KeyDataViewType(label.ItemType.RawType, 2), values, ["0", "1"]);
    }

    /// <summary>The key values as annotations of a predicted label.</summary>
    public void AnnotateKeys(DataViewSchema.Annotations.Builder builder) => Values?.Annotate(builder);

    /// <summary>The classes as annotations of a vector with one slot per class.</summary>
    public void AnnotateSlots(DataViewSchema.Annotations.Builder builder)
    {
        KeyNames.OfText(Names).Annotate(builder, "SlotNames");
        (Values ?? KeyNames.OfText(Names)).Annotate(builder, "TrainingLabelValues");
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write((byte)Array.IndexOf(KeyTypes, Key.RawType));
        KeyNames.OfText(Names).Write(writer);
        writer.Write(Values is not null);
        Values?.Write(writer);
    }

    /// <exception cref="FormatException">The key type is unknown.</exception>
    public static ClassLabels Read(BinaryReader reader)
    {
        int keyType = reader.ReadByte();
        if (keyType >= KeyTypes.Length)
        {
            throw new FormatException($"The model file has labels of the unknown key type {keyType}.");
        }

        IReadOnlyList<string> names = KeyNames.Read(reader).ToText();
        KeyNames? values = reader.ReadBoolean() ? KeyNames.Read(reader) : null;
        return new ClassLabels(new KeyDataViewType(KeyTypes[keyType], names.Count), values, names);
    }
}
