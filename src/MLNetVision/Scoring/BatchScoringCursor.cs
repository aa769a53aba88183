using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Models.Common.Imaging;

namespace MLNetVision.Scoring;

/// <summary>
/// Reads the input a batch ahead and runs the model once per batch, when the first scored value of the batch is asked
/// for.
/// </summary>
internal sealed class BatchScoringCursor<TResult> : DataViewRowCursor
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;
    private readonly ScoringBindings<TResult> _bindings;
    private readonly DataViewRowCursor _source;
    private readonly Func<RowPicture?> _readImage;
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly BufferedColumn?[] _passThrough;
    private readonly ImageSource?[] _images;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly BadImages _bad = new();
    private readonly Lock _scoringLock = new();
    private TResult?[]? _results;
    private int _filled;
    private int _slot = -1;
    private long _position = -1;
    private bool _ended;
    private bool _disposed;

    public BatchScoringCursor(ImageScoring<TResult> scoring, ScoringBindings<TResult> bindings, DataViewRowCursor source)
    {
        _scoring = scoring;
        _bindings = bindings;
        _source = source;
        int capacity = scoring.BatchSize;
        _readImage = scoring.FindImages(source.Schema).CreateReader(source);
        _readId = source.GetIdGetter();
        _passThrough = new BufferedColumn?[source.Schema.Count];
        foreach (DataViewSchema.Column column in bindings.PassThrough)
        {
            _passThrough[column.Index] = BufferedColumn.Create(source, column, capacity);
        }

        _images = new ImageSource?[capacity];
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _position;

    public override long Batch => _slot < 0 ? 0 : _batches[_slot];

    public override bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        _slot++;
        if (_slot >= _filled && !Refill())
        {
            _ended = true;
            _slot = -1;
            _position = -1;
            _bad.Report(_scoring.Host, "scored as missing");
            return false;
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _bindings.IsActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CurrentSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int scored = _bindings.ScoredIndex(column);
        Delegate getter = scored >= 0
            ? _scoring.Columns[scored].CreateGetter(CurrentResult)
            : _passThrough[column.Index]!.CreateGetter(CurrentSlot);
        return ScoringBindings<TResult>.Cast<TValue>(getter, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _ended = true;
            _slot = -1;
            _position = -1;
            _bad.Report(_scoring.Host, "scored as missing");
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool Refill()
    {
        _results = null;
        _slot = 0;
        for (_filled = 0; _filled < _images.Length && _source.MoveNext(); _filled++)
        {
            _images[_filled] = _readImage()?.ToSource();
            _readId(ref _ids[_filled]);
            _batches[_filled] = _source.Batch;
            foreach (BufferedColumn? column in _passThrough)
            {
                column?.Read(_filled);
            }
        }

        return _filled > 0;
    }

    private int CurrentSlot() =>
        _slot >= 0 ? _slot : throw new InvalidOperationException("The cursor stands before the first or after the last row: there is no value to read.");

    private TResult? CurrentResult()
    {
        int slot = CurrentSlot();
        lock (_scoringLock)
        {
            _results ??= _scoring.Scorer.Score(_images.AsSpan(0, _filled), _bindings.Wanted, _bad);
            return _results[slot];
        }
    }
}
