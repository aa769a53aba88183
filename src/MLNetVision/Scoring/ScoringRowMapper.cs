using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetVision.Scoring;

/// <summary>Scores row by row, as a prediction engine does.</summary>
internal sealed class ScoringRowMapper<TResult> : IRowToRowMapper
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;

    public ScoringRowMapper(ImageScoring<TResult> scoring, DataViewSchema input)
    {
        _scoring = scoring;
        InputSchema = input;
        OutputSchema = scoring.GetOutputSchema(input);
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        new ScoringBindings<TResult>(_scoring, InputSchema, OutputSchema, dependingColumns).Dependencies;

    /// <summary>A row over another; getters are made without running the model.</summary>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (!ReferenceEquals(input.Schema, InputSchema))
        {
            throw new ArgumentException("The row's schema is not the one that the mapper was made for.", nameof(input));
        }

        return new ScoringRow<TResult>(_scoring, new ScoringBindings<TResult>(_scoring, InputSchema, OutputSchema, activeColumns), input);
    }
}
