using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Files;
using MLNetVision.Internals;

namespace MLNetVision.Serving;

/// <summary>
/// Predicts single rows for any number of threads with one model: prediction engines serve one caller at a time and are lent and taken
/// back, the model is shared, and it is replaced when its file changes.
/// </summary>
/// <typeparam name="TInput">The class of a row that goes in, as for <see cref="PredictionEngine{TSrc, TDst}"/>.</typeparam>
/// <typeparam name="TOutput">The class of a row that comes out.</typeparam>
/// <remarks>
/// A prediction goes on with the model that it began with; a model that was replaced is freed after its last prediction. A file that
/// cannot be loaded is warned of in the context's log, and the model that is there stays in use.
/// </remarks>
public sealed class PredictionEnginePool<TInput, TOutput> : IDisposable
    where TInput : class
    where TOutput : class, new()
{
    private readonly MLContext _context;
    private readonly PredictionEnginePoolOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly Lock _loading = new();
    private readonly string? _path;
    private readonly WatchedPath? _watch;
    private volatile PooledModel<TInput, TOutput> _model;
    private volatile int _version = 1;
    private volatile bool _isDisposed;

    /// <summary>Makes a pool over a model, which stays the caller's to dispose of, after the pool.</summary>
    /// <param name="context">Where engines are made.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The number of engines; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or the model lacks a column of the classes.</exception>
    public PredictionEnginePool(MLContext context, ITransformer model, PredictionEnginePoolOptions? options = null)
        : this(context, options, new PooledModel<TInput, TOutput>(Checked(context), model ?? throw new ArgumentNullException(nameof(model)), ownsModel: false), path: null)
    {
    }

    /// <summary>Makes a pool over a model file, which is loaded now and again when it changes; the pool frees what it has loaded.</summary>
    /// <param name="context">Where models are loaded, and whose log is told of it.</param>
    /// <param name="path">A file that <c>mlContext.Model.Save</c> wrote.</param>
    /// <param name="options">The number of engines, and how often the file is looked at; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or the model lacks a column of the classes.</exception>
    /// <exception cref="FormatException">The file is no model of this version of the library.</exception>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public PredictionEnginePool(MLContext context, string path, PredictionEnginePoolOptions? options = null)
        : this(context, options, Load(Checked(context), Full(path)), Full(path))
    {
    }

    private PredictionEnginePool(MLContext context, PredictionEnginePoolOptions? options, PooledModel<TInput, TOutput> model, string? path)
    {
        (_context, _options, _model, _path) = (context, options ?? new PredictionEnginePoolOptions(), model, path);
        try
        {
            _options.Validate();
            Try(model);
        }
        catch
        {
            model.Retire();
            throw;
        }

        _places = new SemaphoreSlim(_options.MaximumEngines);
        _watch = path is null ? null : new WatchedPath(path, _options.WatchInterval, ReloadOrWarn);
    }

    /// <summary>How often a model was taken into use: 1 for the first one, and 1 more with each that replaced it.</summary>
    public int Version => _version;

    /// <summary>The columns that come out of the model that is in use; the names of a column's classes are among its annotations.</summary>
    public DataViewSchema OutputSchema => _model.OutputSchema!;

    /// <summary>Predicts a row, after waiting for an engine where all are in use.</summary>
    /// <exception cref="ObjectDisposedException">The pool was disposed of.</exception>
    public TOutput Predict(TInput example)
    {
        ArgumentNullException.ThrowIfNull(example);
        ThrowIfDisposed();
        _places.Wait();
        return PredictInPlace(example);
    }

    /// <summary>Predicts a row on another thread; while it waits for an engine no thread is taken.</summary>
    /// <param name="example">The row.</param>
    /// <param name="cancellation">Ends the waiting; a prediction that has begun is finished.</param>
    /// <exception cref="ObjectDisposedException">The pool was disposed of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<TOutput> PredictAsync(TInput example, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(example);
        ThrowIfDisposed();
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => PredictInPlace(example), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Loads the model's file now, whether it has changed or not.</summary>
    /// <exception cref="InvalidOperationException">The pool was not made from a file.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed of.</exception>
    /// <exception cref="FileNotFoundException">There is no file any more; the model that is there stays in use, as after other failures.</exception>
    public void Reload()
    {
        if (_path is null)
        {
            throw new InvalidOperationException("The pool was made from a model and not from a file, so there is nothing to load again.");
        }

        lock (_loading)
        {
            ThrowIfDisposed();
            PooledModel<TInput, TOutput> loaded = Load(_context, _path);
            try
            {
                Try(loaded);
            }
            catch
            {
                loaded.Retire();
                throw;
            }

            PooledModel<TInput, TOutput> before = _model;
            _model = loaded;
            _version++;
            before.Retire();
        }
    }

    /// <summary>Waits for the predictions that are under way and frees the engines, and the model if it came from a file. A second call does nothing.</summary>
    public void Dispose()
    {
        lock (_loading)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _watch?.Dispose();
        for (int i = 0; i < _options.MaximumEngines; i++)
        {
            _places.Wait();
        }

        _model.Retire();
        _places.Release(_options.MaximumEngines); // whoever waits finds the pool closed
    }

    private static MLContext Checked(MLContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context;
    }

    private static string Full(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Path.GetFullPath(path);
    }

    private static PooledModel<TInput, TOutput> Load(MLContext context, string path) => File.Exists(path)
        ? new PooledModel<TInput, TOutput>(context, context.Model.Load(path, out _), ownsModel: true)
        : throw new FileNotFoundException($"There is no model file '{path}'.", path);

    /// <summary>Makes a first engine, so that a model which does not fit the classes is refused before it is used.</summary>
    private static void Try(PooledModel<TInput, TOutput> model) => model.TakeBack(model.Lend());

    private TOutput PredictInPlace(TInput example)
    {
        PooledModel<TInput, TOutput>? model = null;
        PredictionEngine<TInput, TOutput>? engine = null;
        try
        {
            while (engine is null)
            {
                ThrowIfDisposed();
                model = _model;
                engine = model.Lend(); // null where another model has come since
            }

            return engine.Predict(example);
        }
        finally
        {
            if (engine is not null)
            {
                model!.TakeBack(engine);
            }

            _places.Release();
        }
    }

    private void ReloadOrWarn()
    {
        using IChannel channel = HostAccess.EnvironmentOf(_context.Data).Register("PredictionEnginePool").Start("Reload");
        try
        {
            Reload();
            channel.Info(MessageSensitivity.None, "The model file '{0}' has changed and is in use now, as version {1}.", _path, _version);
        }
        catch (ObjectDisposedException)
        {
            // There is nobody left to load it for.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            channel.Warning(MessageSensitivity.None, "The model file '{0}' has changed and cannot be used, so the model before it stays: {1}", _path, e.Message);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
