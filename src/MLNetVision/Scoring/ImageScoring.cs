using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;

namespace MLNetVision.Scoring;

/// <summary>
/// What every transformer that scores pictures shares: schemas, batched scoring of a data view, row-wise scoring for a
/// prediction engine. A transformer holds one and adds its model and its columns.
/// </summary>
internal sealed class ImageScoring<TResult>(
    IHost host, string imageColumnName, int batchSize, IImageScorer<TResult> scorer, IReadOnlyList<ScoredColumn<TResult>> columns, ExifOrientation orientation) : IImageScoring
    where TResult : class
{
    public IHost Host => host;

    public int BatchSize => batchSize;

    public IImageScorer<TResult> Scorer => scorer;

    public IReadOnlyList<ScoredColumn<TResult>> Columns => columns;

    /// <summary>The input's columns, then the scored ones; a scored column hides an input column of its name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or holds no pictures.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Find(input, imageColumnName);
        return Declare(input, columns);
    }

    /// <summary>The same for the shape of a schema.</summary>
    public static SchemaShape GetOutputShape(SchemaShape input, string imageColumnName, IReadOnlyList<ScoredColumn<TResult>> columns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn.Check(input, imageColumnName);
        DataViewSchema added = Declare(null, columns);
        return SchemaShapes.Append(input, SchemaShapes.Of(added));
    }

    /// <summary>The image column of a data view or a row that is to be scored.</summary>
    public ImageColumn FindImages(DataViewSchema input) => ImageColumn.Find(input, imageColumnName, orientation);

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        scorer.ThrowIfDisposed();
        return new ScoringDataView<TResult>(this, input);
    }

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema input)
    {
        ArgumentNullException.ThrowIfNull(input);
        scorer.ThrowIfDisposed();
        return new ScoringRowMapper<TResult>(this, input);
    }

    public void ThrowIfDisposed() => scorer.ThrowIfDisposed();

    public void Dispose() => scorer.Dispose();

    private static DataViewSchema Declare(DataViewSchema? input, IReadOnlyList<ScoredColumn<TResult>> columns)
    {
        var builder = new DataViewSchema.Builder();
        var set = ScoreColumnSet.After(input);
        if (input is not null)
        {
            builder.AddColumns(input);
        }

        foreach (ScoredColumn<TResult> column in columns)
        {
            builder.AddColumn(column.Name, column.Type, column.Annotate(set));
        }

        return builder.ToSchema();
    }
}
