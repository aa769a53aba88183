using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>Output columns of keys, in the number type that the training's keys have. Keys count from 1; 0 is the missing key.</summary>
internal static class KeyColumns
{
    /// <summary>One key a row.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="type">The key type.</param>
    /// <param name="annotate">The annotations.</param>
    /// <param name="index">The class of a result, from 0; negative for the missing key.</param>
    public static ScoredColumn<TResult> Scalar<TResult>(
        string name, KeyDataViewType type, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate, Func<TResult, int> index)
        where TResult : class =>
        Type.GetTypeCode(type.RawType) switch
        {
            TypeCode.Byte => CreateScalar<TResult, byte>(name, type, annotate, index),
            TypeCode.UInt16 => CreateScalar<TResult, ushort>(name, type, annotate, index),
            TypeCode.UInt32 => CreateScalar<TResult, uint>(name, type, annotate, index),
            _ => CreateScalar<TResult, ulong>(name, type, annotate, index),
        };

    /// <summary>Several keys a row.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="type">The type of a key.</param>
    /// <param name="count">The number of keys of each row; 0 if it varies.</param>
    /// <param name="annotate">The annotations.</param>
    /// <param name="indices">The classes of a result, from 0; negative for the missing key.</param>
    public static ScoredColumn<TResult> Vector<TResult>(
        string name, KeyDataViewType type, int count, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate, Func<TResult, int[]> indices)
        where TResult : class =>
        Type.GetTypeCode(type.RawType) switch
        {
            TypeCode.Byte => CreateVector<TResult, byte>(name, type, count, annotate, indices),
            TypeCode.UInt16 => CreateVector<TResult, ushort>(name, type, count, annotate, indices),
            TypeCode.UInt32 => CreateVector<TResult, uint>(name, type, count, annotate, indices),
            _ => CreateVector<TResult, ulong>(name, type, count, annotate, indices),
        };

    private static ScoredColumn<TResult, TKey> CreateScalar<TResult, TKey>(
        string name, KeyDataViewType type, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate, Func<TResult, int> index)
        where TResult : class
        where TKey : IBinaryInteger<TKey> =>
        new(name, type, annotate, (TResult? result, ref TKey value) => value = result is null ? TKey.Zero : TKey.CreateChecked(index(result) + 1));

    private static ScoredColumn<TResult, VBuffer<TKey>> CreateVector<TResult, TKey>(
        string name, KeyDataViewType type, int count, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate, Func<TResult, int[]> indices)
        where TResult : class
        where TKey : IBinaryInteger<TKey>
    {
        return new(name, new VectorDataViewType(type, count), annotate, Read);

        void Read(TResult? result, ref VBuffer<TKey> value)
        {
            int[] found = result is null ? [] : indices(result);
            VBufferEditor<TKey> editor = VBufferEditor.Create(ref value, result is null ? count : found.Length);
            editor.Values.Clear();
            for (int i = 0; i < found.Length; i++)
            {
                editor.Values[i] = TKey.CreateChecked(found[i] + 1);
            }

            value = editor.Commit();
        }
    }
}
