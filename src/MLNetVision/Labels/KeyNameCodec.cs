using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Labels;

/// <summary>Reads and writes key values of one type; a model file holds the type's name.</summary>
internal abstract class KeyNameCodec(string name, PrimitiveDataViewType type)
{
    /// <summary>Text, the usual one.</summary>
    public static readonly KeyNameCodec<ReadOnlyMemory<char>> Text = new(
        "text", TextDataViewType.Instance, (w, v) => w.Write(v.ToString()), r => r.ReadString().AsMemory());

    // The order plays no role; a name, once released, never changes its meaning.
    private static readonly KeyNameCodec[] All =
    [
        Text,
        new KeyNameCodec<float>("single", NumberDataViewType.Single, (w, v) => w.Write(v), r => r.ReadSingle()),
        new KeyNameCodec<double>("double", NumberDataViewType.Double, (w, v) => w.Write(v), r => r.ReadDouble()),
        new KeyNameCodec<sbyte>("sbyte", NumberDataViewType.SByte, (w, v) => w.Write(v), r => r.ReadSByte()),
        new KeyNameCodec<byte>("byte", NumberDataViewType.Byte, (w, v) => w.Write(v), r => r.ReadByte()),
        new KeyNameCodec<short>("int16", NumberDataViewType.Int16, (w, v) => w.Write(v), r => r.ReadInt16()),
        new KeyNameCodec<ushort>("uint16", NumberDataViewType.UInt16, (w, v) => w.Write(v), r => r.ReadUInt16()),
        new KeyNameCodec<int>("int32", NumberDataViewType.Int32, (w, v) => w.Write(v), r => r.ReadInt32()),
        new KeyNameCodec<uint>("uint32", NumberDataViewType.UInt32, (w, v) => w.Write(v), r => r.ReadUInt32()),
        new KeyNameCodec<long>("int64", NumberDataViewType.Int64, (w, v) => w.Write(v), r => r.ReadInt64()),
        new KeyNameCodec<ulong>("uint64", NumberDataViewType.UInt64, (w, v) => w.Write(v), r => r.ReadUInt64()),
        new KeyNameCodec<bool>("boolean", BooleanDataViewType.Instance, (w, v) => w.Write(v), r => r.ReadBoolean()),
        new KeyNameCodec<DateTime>("datetime", DateTimeDataViewType.Instance, (w, v) => w.Write(v.ToBinary()), r => DateTime.FromBinary(r.ReadInt64())),
        new KeyNameCodec<TimeSpan>("timespan", TimeSpanDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new TimeSpan(r.ReadInt64())),
        new KeyNameCodec<DateTimeOffset>("datetimeoffset", DateTimeOffsetDataViewType.Instance, WriteOffset, r => new DateTimeOffset(r.ReadInt64(), new TimeSpan(r.ReadInt64()))),
    ];

    public string Name => name;

    public PrimitiveDataViewType Type => type;

    public static KeyNameCodec? Find(DataViewType type) => Array.Find(All, codec => codec.Type.Equals(type));

    /// <summary>Reads what <see cref="KeyNames.Write"/> wrote.</summary>
    /// <exception cref="FormatException">The type is unknown, or the count is negative.</exception>
    public static KeyNames Read(BinaryReader reader)
    {
        string typeName = reader.ReadString();
        KeyNameCodec codec = Array.Find(All, codec => codec.Name == typeName)
            ?? throw new FormatException($"The model file has key values of the unknown type '{typeName}'.");
        int count = reader.ReadInt32();
        return count >= 0 ? codec.ReadValues(reader, count) : throw new FormatException($"The model file has {count} key values.");
    }

    public abstract KeyNames ReadAnnotation(DataViewSchema.Annotations annotations, string kind);

    /// <summary>Reads the text of a row's value; empty where there is none.</summary>
    public abstract Func<string> CreateReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>Values that only have a type and a number.</summary>
    public abstract KeyNames Empty(int count);

    protected abstract KeyNames ReadValues(BinaryReader reader, int count);

    private static void WriteOffset(BinaryWriter writer, DateTimeOffset value)
    {
        writer.Write(value.Ticks);
        writer.Write(value.Offset.Ticks);
    }
}

/// <summary>Reads and writes key values of a given type.</summary>
internal sealed class KeyNameCodec<T>(string name, PrimitiveDataViewType type, Action<BinaryWriter, T> write, Func<BinaryReader, T> read)
    : KeyNameCodec(name, type)
{
    public void WriteName(BinaryWriter writer) => writer.Write(Name);

    public void Write(BinaryWriter writer, T value) => write(writer, value);

    public override KeyNames ReadAnnotation(DataViewSchema.Annotations annotations, string kind)
    {
        VBuffer<T> values = default;
        annotations.GetValue(kind, ref values);
        return new KeyNames<T>(Type, [.. values.DenseValues()], this);
    }

    public override Func<string> CreateReader(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return value is float.NaN or double.NaN ? string.Empty : value?.ToString() ?? string.Empty;
        };
    }

    public override KeyNames Empty(int count) => new KeyNames<T>(Type, new T[count], this);

    protected override KeyNames ReadValues(BinaryReader reader, int count)
    {
        // Grown one by one: a broken count must not allocate more than the file holds.
        var values = new List<T>();
        for (int i = 0; i < count; i++)
        {
            values.Add(read(reader));
        }

        return new KeyNames<T>(Type, [.. values], this);
    }
}
