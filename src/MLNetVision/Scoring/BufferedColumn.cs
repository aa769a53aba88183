using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;

namespace MLNetVision.Scoring;

/// <summary>
/// A batch's values of a column of the input. Scoring reads a batch ahead, and a source cannot be read twice (it may be
/// shuffled, or a stream), so the values that were passed over are kept until their row is the current one.
/// </summary>
internal abstract class BufferedColumn
{
    private static readonly MethodInfo CreateOfType = typeof(BufferedColumn).GetMethod(nameof(CreateCore), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly MethodInfo CreateOfVector = typeof(BufferedColumn).GetMethod(nameof(CreateVector), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static BufferedColumn Create(DataViewRow source, DataViewSchema.Column column, int capacity)
    {
        Type raw = column.Type.RawType;
        if (raw == typeof(MLImage))
        {
            return new BufferedColumn<MLImage>(source, column, capacity, (in MLImage from, ref MLImage to) => to = from is null ? null! : MLImagePixels.Clone(from));
        }

        MethodInfo create = column.Type is VectorDataViewType vector ? CreateOfVector.MakeGenericMethod(vector.ItemType.RawType) : CreateOfType.MakeGenericMethod(raw);
        return (BufferedColumn)create.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [source, column, capacity], null)!;
    }

    /// <summary>Keeps the source's current value.</summary>
    public abstract void Read(int slot);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of copies of the value in the current slot.</summary>
    public abstract Delegate CreateGetter(Func<int> currentSlot);

    private static BufferedColumn<T> CreateCore<T>(DataViewRow source, DataViewSchema.Column column, int capacity) =>
        new(source, column, capacity, (in T from, ref T to) => to = from);

    private static BufferedColumn<VBuffer<T>> CreateVector<T>(DataViewRow source, DataViewSchema.Column column, int capacity) =>
        new(source, column, capacity, (in VBuffer<T> from, ref VBuffer<T> to) => from.CopyTo(ref to));
}

/// <summary>Copies a value so that the copy shares no memory with the original.</summary>
internal delegate void ValueCopier<T>(in T from, ref T to);

/// <summary>A batch's values of a given type.</summary>
internal sealed class BufferedColumn<T>(DataViewRow source, DataViewSchema.Column column, int capacity, ValueCopier<T> copy) : BufferedColumn
{
    private readonly ValueGetter<T> _getter = source.GetGetter<T>(column);
    private readonly T[] _slots = new T[capacity];

    public override void Read(int slot) => _getter(ref _slots[slot]);

    public override Delegate CreateGetter(Func<int> currentSlot)
    {
        return (ValueGetter<T>)Get;

        void Get(ref T value) => copy(in _slots[currentSlot()], ref value);
    }
}
