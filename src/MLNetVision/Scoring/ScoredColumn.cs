using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>Copies a value out of a row's result; the result is null where the picture could not be read.</summary>
internal delegate void ResultReader<in TResult, TValue>(TResult? result, ref TValue value);

/// <summary>An output column: how it is declared, and how its values come out of a row's result.</summary>
internal abstract class ScoredColumn<TResult>(string name, DataViewType type, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate)
    where TResult : class
{
    public string Name => name;

    public DataViewType Type => type;

    /// <summary>The column's annotations as a member of a set of score columns.</summary>
    public DataViewSchema.Annotations? Annotate(ScoreColumnSet set) => annotate(set);

    /// <summary>A <see cref="ValueGetter{TValue}"/> over the row's current result.</summary>
    public abstract Delegate CreateGetter(Func<TResult?> current);
}

/// <summary>An output column of a given value type.</summary>
internal sealed class ScoredColumn<TResult, TValue>(
    string name, DataViewType type, Func<ScoreColumnSet, DataViewSchema.Annotations?> annotate, ResultReader<TResult, TValue> read)
    : ScoredColumn<TResult>(name, type, annotate)
    where TResult : class
{
    public override Delegate CreateGetter(Func<TResult?> current)
    {
        return (ValueGetter<TValue>)Get;

        void Get(ref TValue value) => read(current(), ref value);
    }
}
