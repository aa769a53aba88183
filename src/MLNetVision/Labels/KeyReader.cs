using Microsoft.ML;

namespace MLNetVision.Labels;

/// <summary>Reads a column of keys of any number type.</summary>
internal static class KeyReader
{
    /// <summary>Reads the class of the current row from 0; negative for the missing key.</summary>
    public static Func<int> Create(DataViewRow row, DataViewSchema.Column column)
    {
        return Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.Byte => Reader<byte>(value => value),
            TypeCode.UInt16 => Reader<ushort>(value => value),
            TypeCode.UInt32 => Reader<uint>(value => value),
            _ => Reader<ulong>(value => (long)value),
        };

        Func<int> Reader<T>(Func<T, long> toNumber)
            where T : struct
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return () =>
            {
                T value = default;
                getter(ref value);
                return (int)toNumber(value) - 1;
            };
        }
    }
}
