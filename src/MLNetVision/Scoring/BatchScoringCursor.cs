using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Scoring;

/// <summary>
/// Reads the input a batch ahead and runs the model once per batch, when the first scored value of the batch is asked
/// for. While it runs, the pictures of the batch after it are decoded and prepared on other threads; the input itself is only
/// ever read on the thread that moves the cursor.
/// </summary>
internal sealed class BatchScoringCursor<TResult> : DataViewRowCursor
    where TResult : class
{
    private readonly ImageScoring<TResult> _scoring;
    private readonly ScoringBindings<TResult> _bindings;
    private readonly DataViewRowCursor _source;
    private readonly Func<ImageSource?> _readImage;
    private readonly ValueGetter<DataViewRowId> _readId;
    private readonly BufferedColumn?[] _passThrough;
    private readonly UnreadableImages _unreadable = new();
    private readonly Lock _scoringLock = new();
    private readonly CancellationTokenSource _stop = new();
    private ScoringBatch<TResult> _current;
    private ScoringBatch<TResult> _next;
    private int _currentStart; // where the current batch's rows begin in the pass-through columns; the next one has the other half
    private bool _hasNext;
    private ExceptionDispatchInfo? _sourceError;
    private int _movingThread = -1;
    private int _row = -1; // in the current batch
    private long _position = -1;
    private bool _sourceEnded;
    private bool _ended;
    private bool _disposed;

    public BatchScoringCursor(ImageScoring<TResult> scoring, ScoringBindings<TResult> bindings, DataViewRowCursor source)
    {
        _scoring = scoring;
        _bindings = bindings;
        _source = source;
        _readImage = scoring.FindImages(source.Schema).CreateReader(source);
        _readId = source.GetIdGetter();
        _passThrough = new BufferedColumn?[source.Schema.Count];
        foreach (DataViewSchema.Column column in bindings.PassThrough)
        {
            _passThrough[column.Index] = BufferedColumn.Create(source, column, 2 * scoring.BatchSize);
        }

        _current = new ScoringBatch<TResult>(scoring.Scorer, scoring.BatchSize);
        _next = new ScoringBatch<TResult>(scoring.Scorer, scoring.BatchSize);
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _position;

    public override long Batch => _row < 0 ? 0 : _current.SourceBatch(_row);

    public override bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        _movingThread = Environment.CurrentManagedThreadId;
        _row++;
        if (_row >= _current.Count && !Advance())
        {
            End();
            return false;
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _bindings.IsActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _current.Id(CurrentRow());

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int scored = _bindings.ScoredIndex(column);
        Delegate getter = scored >= 0
            ? _scoring.Columns[scored].CreateGetter(CurrentResult)
            : _passThrough[column.Index]!.CreateGetter(() => _currentStart + CurrentRow());
        return ScoringBindings<TResult>.Cast<TValue>(getter, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            End();
            _stop.Cancel();
            _current.Dispose();
            _next.Dispose();
            _stop.Dispose();
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        _ended = true;
        _row = -1;
        _position = -1;
        _unreadable.Report(_scoring.Host, "scored as missing");
    }

    /// <summary>Makes the next batch the current one. Whoever read scored values of the last one will read those of this.</summary>
    private bool Advance()
    {
        bool expectsScoring = _current.IsScored;
        if (!_hasNext)
        {
            ReadNext();
        }

        (_current, _next) = (_next, _current);
        _currentStart = _scoring.BatchSize - _currentStart;
        _hasNext = false;
        _row = 0;
        if (_current.Count == 0 && _sourceError is not null)
        {
            End();
            _sourceError.Throw();
        }

        if (_current.Count > 0 && expectsScoring)
        {
            LookAhead();
        }

        return _current.Count > 0;
    }

    /// <summary>Reads the batch after the current one, if that was not done, and has its pictures prepared meanwhile.</summary>
    private void LookAhead()
    {
        _current.StartPreparing(_stop.Token);
        if (!_hasNext)
        {
            ReadNext();
        }

        if (_next.Count > 0)
        {
            _next.StartPreparing(_stop.Token);
        }
    }

    private void ReadNext()
    {
        _next.Clear();
        _hasNext = true;
        int start = _scoring.BatchSize - _currentStart;
        try
        {
            while (_next.Count < _scoring.BatchSize && !_sourceEnded)
            {
                if (!_source.MoveNext())
                {
                    _sourceEnded = true;
                    break;
                }

                DataViewRowId id = default;
                _readId(ref id);
                foreach (BufferedColumn? column in _passThrough)
                {
                    column?.Read(start + _next.Count);
                }

                _next.Add(_readImage(), id, _source.Batch);
            }
        }
        catch (Exception e)
        {
            // It belongs to a row that the reader has not come to: thrown when the cursor moves there.
            _sourceError = ExceptionDispatchInfo.Capture(e);
            _sourceEnded = true;
        }
    }

    private int CurrentRow() =>
        _row >= 0 ? _row : throw new InvalidOperationException("The cursor stands before the first or after the last row: there is no value to read.");

    private TResult? CurrentResult()
    {
        int row = CurrentRow();
        lock (_scoringLock)
        {
            if (!_current.IsScored && Environment.CurrentManagedThreadId == _movingThread)
            {
                LookAhead();
            }

            return _current.Score(_bindings.Wanted, _unreadable)[row];
        }
    }
}
