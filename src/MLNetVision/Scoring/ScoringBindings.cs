using Microsoft.ML;

namespace MLNetVision.Scoring;

/// <summary>Which columns of an output schema were asked for, and what the input must deliver for them.</summary>
internal sealed class ScoringBindings<TResult>
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;
    private readonly DataViewSchema _input;
    private readonly bool[] _active;

    public ScoringBindings(ImageScoring<TResult> scoring, DataViewSchema input, DataViewSchema output, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        _scoring = scoring;
        _input = input;
        Schema = output;
        _active = new bool[output.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            CheckRange(column);
            _active[column.Index] = true;
        }

        Wanted = scoring.Columns.Where((_, index) => _active[input.Count + index]).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
    }

    public DataViewSchema Schema { get; }

    /// <summary>The names of the scored columns that were asked for.</summary>
    public IReadOnlySet<string> Wanted { get; }

    /// <summary>The columns of the input that were asked for by themselves.</summary>
    public IEnumerable<DataViewSchema.Column> PassThrough => _input.Where(column => _active[column.Index]);

    /// <summary>The columns of the input that must be read.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies
    {
        get
        {
            DataViewSchema.Column images = _scoring.FindImages(_input).Column;
            return _input.Where(column => _active[column.Index] || (Wanted.Count > 0 && column.Index == images.Index));
        }
    }

    public bool IsActive(DataViewSchema.Column column)
    {
        CheckRange(column);
        return _active[column.Index];
    }

    /// <summary>The position of a scored column among the scored ones; negative for a column of the input.</summary>
    /// <exception cref="ArgumentException">The column was not asked for.</exception>
    public int ScoredIndex(DataViewSchema.Column column)
    {
        if (!IsActive(column))
        {
            throw new ArgumentException($"The column '{column.Name}' was not among those that the cursor was asked for.", nameof(column));
        }

        return column.Index - _input.Count;
    }

    /// <summary>The getter as the asked-for type.</summary>
    /// <exception cref="InvalidOperationException">The column's values have another type.</exception>
    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"The column '{column.Name}' of type {column.Type} has values of type {column.Type.RawType}, but a getter of {typeof(TValue)} was asked for.");

    private void CheckRange(DataViewSchema.Column column)
    {
        if (column.Index >= Schema.Count || Schema[column.Index].Name != column.Name)
        {
            throw new ArgumentOutOfRangeException(nameof(column), $"The column '{column.Name}' (index {column.Index}) does not belong to this schema.");
        }
    }
}
