using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Scoring;

/// <summary>One row at a time: the model runs once per position, when the first scored value is asked for.</summary>
internal sealed class ScoringRow<TResult> : DataViewRow
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;
    private readonly ScoringBindings<TResult> _bindings;
    private readonly DataViewRow _input;
    private readonly Func<ImageSource?>? _readImage;
    private readonly UnreadableImages _unreadable = new();
    private TResult? _result;
    private long _scoredPosition = -1;
    private bool _warned;
    private bool _disposed;

    public ScoringRow(ImageScoring<TResult> scoring, ScoringBindings<TResult> bindings, DataViewRow input)
    {
        _scoring = scoring;
        _bindings = bindings;
        _input = input;
        _readImage = bindings.Wanted.Count > 0 ? scoring.FindImages(input.Schema).CreateReader(input) : null;
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _bindings.IsActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int scored = _bindings.ScoredIndex(column);
        return scored < 0
            ? _input.GetGetter<TValue>(_input.Schema[column.Index])
            : ScoringBindings<TResult>.Cast<TValue>(_scoring.Columns[scored].CreateGetter(CurrentResult), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private TResult? CurrentResult()
    {
        long position = _input.Position;
        if (position < 0)
        {
            throw new InvalidOperationException("The row has no position yet: there is no value to read.");
        }

        if (position != _scoredPosition)
        {
            ImageSource? image = _readImage!();
            using IPreparedBatch<TResult> prepared = _scoring.Scorer.Prepare([image], _unreadable);
            _result = prepared.Score(_bindings.Wanted)[0];
            _scoredPosition = position;
            Warn();
        }

        return _result;
    }

    // A prediction engine lives as long as its process: the first bad picture is reported at once, later ones are not.
    private void Warn()
    {
        if (_unreadable.Count > 0 && !_warned)
        {
            _warned = true;
            _unreadable.Report(_scoring.Host, "scored as missing");
        }
    }
}
