using Microsoft.ML.Data;
using MLNetVision.Images;
using MLNetVision.Imaging.Pictures.Sources;

namespace MLNetVision.Scoring;

/// <summary>Rows that were read from the input and are scored together. Their pictures can be prepared before their turn comes.</summary>
/// <param name="scorer">The model.</param>
/// <param name="capacity">The most rows.</param>
internal sealed class ScoringBatch<TResult>(IImageScorer<TResult> scorer, int capacity) : IDisposable
    where TResult : class
{
    private readonly ImageSource?[] _images = new ImageSource?[capacity];
    private readonly DataViewRowId[] _ids = new DataViewRowId[capacity];
    private readonly long[] _batches = new long[capacity];
    private UnreadableImages _unreadable = new();
    private Task<IPreparedBatch<TResult>>? _preparation;
    private TResult?[]? _results;

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the model has run.</summary>
    public bool IsScored => _results is not null;

    public DataViewRowId Id(int row) => _ids[row];

    /// <summary>The source's batch number of a row.</summary>
    public long SourceBatch(int row) => _batches[row];

    /// <summary>Appends a row.</summary>
    public void Add(ImageSource? image, in DataViewRowId id, long sourceBatch)
    {
        (_images[Count], _ids[Count], _batches[Count]) = (image, id, sourceBatch);
        Count++;
    }

    /// <summary>Starts to decode and prepare the pictures on another thread, unless that was done before.</summary>
    /// <param name="stop">Prevents work that has not begun.</param>
    public void StartPreparing(CancellationToken stop) => _preparation ??= Task.Run(() => scorer.Prepare(_images.AsSpan(0, Count), _unreadable), stop);

    /// <summary>The rows' results; the first call runs the model, after waiting for the preparation or doing it here.</summary>
    /// <param name="wanted">The output columns that will be read.</param>
    /// <param name="unreadable">Records the pictures that could not be read, once.</param>
    public TResult?[] Score(IReadOnlySet<string> wanted, UnreadableImages unreadable)
    {
        if (_results is null)
        {
            // What failed on the other thread is thrown here, and again at the next call.
            using IPreparedBatch<TResult> prepared = _preparation is null ? scorer.Prepare(_images.AsSpan(0, Count), _unreadable) : _preparation.GetAwaiter().GetResult();
            _preparation = null;
            unreadable.Take(_unreadable);
            _unreadable = new UnreadableImages();
            _results = prepared.Score(wanted);
        }

        return _results;
    }

    /// <summary>Forgets the rows, so that others may be added. Waits for a preparation that is under way.</summary>
    public void Clear()
    {
        if (_preparation is not null)
        {
            // Not Wait, which throws what the preparation threw: nobody asked for these rows.
            Task.WhenAny(_preparation).Wait();
            if (_preparation.IsCompletedSuccessfully)
            {
                _preparation.Result.Dispose();
            }

            _ = _preparation.Exception;
            _preparation = null;
        }

        Array.Clear(_images);
        _unreadable = new UnreadableImages();
        _results = null;
        Count = 0;
    }

    public void Dispose() => Clear();
}
