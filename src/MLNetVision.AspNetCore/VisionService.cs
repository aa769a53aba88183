using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MLNetVision.Imaging.Files;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.AspNetCore;

/// <summary>The network of an application: loads it with the host, and lets as many requests compute at once as the options say.</summary>
internal sealed partial class VisionService : IHostedService, IDisposable
{
    private readonly string? _source;
    private readonly PicturePredictor? _given;
    private readonly ILogger _log;
    private readonly ConcurrencyLimiter _turns;
    private readonly Lock _replacing = new();
    private volatile ServedModel? _model;
    private WatchedPath? _watch;
    private volatile bool _isDisposed;

    private VisionService(string? source, PicturePredictor? given, VisionServiceOptions options, IServiceProvider services)
    {
        (_source, _given, Options, Name) = (source, given, options, options.ModelName ?? "model");
        _log = services.GetService<ILogger<VisionService>>() ?? NullLogger<VisionService>.Instance;
        Uploads = new UploadBudget(options.MaximumUploadBytes);
        _turns = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.MaximumConcurrency,
            QueueLimit = options.QueueLimit,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    public VisionServiceOptions Options { get; }

    public UploadBudget Uploads { get; }

    /// <summary>What the model is called to clients: an id, or the last part of a path.</summary>
    public string Name { get; private set; }

    public static Func<IServiceProvider, VisionService> Load(string source, VisionServiceOptions options) => services => new VisionService(source, null, options, services);

    public static Func<IServiceProvider, VisionService> Of(PicturePredictor predictor, VisionServiceOptions options) => services => new VisionService(null, predictor, options, services);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        PicturePredictor predictor;
        if (_source is not null)
        {
            string beside = Path.Combine(AppContext.BaseDirectory, _source);
            string place = File.Exists(beside) || Directory.Exists(beside) ? beside : _source;
            Name = Options.ModelName ?? NameOf(place, _source);
            predictor = await PicturePredictor.LoadAsync(place, Options.Pipeline, null, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            predictor = _given!;
        }

        Replace(await TryOutAsync(predictor, isOwned: _given is null, cancellationToken).ConfigureAwait(false));
        _watch = Options.WatchInterval is { } interval ? new WatchedPath(predictor.Source, interval, ReloadOrWarn) : null;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The network for a request, which ends with <see cref="ServedModel.End"/>.</summary>
    public ServedModel Begin()
    {
        ServedModel model;
        do
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            model = _model ?? throw new InvalidOperationException("The model is loaded when the host starts; requests come after that.");
        }
        while (!model.TryBegin()); // where another has come since

        return model;
    }

    /// <summary>Computes something with the network when its turn has come.</summary>
    /// <exception cref="RefusedException">Too many wait already.</exception>
    /// <exception cref="OperationCanceledException">The client went before its turn came.</exception>
    public async Task<T> ComputeAsync<T>(Func<T> work, CancellationToken gone)
    {
        using RateLimitLease turn = await _turns.AcquireAsync(1, gone).ConfigureAwait(false);
        if (!turn.IsAcquired)
        {
            throw new RefusedException(StatusCodes.Status503ServiceUnavailable, "Too many requests wait", $"{Options.QueueLimit} requests wait for their turn already. Come again in a moment.");
        }

        return await Task.Run(work, gone).ConfigureAwait(false);
    }

    private static string NameOf(string place, string source) =>
        File.Exists(place) || Directory.Exists(place) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(place))) : source;

    /// <summary>Asks a network once: the first call compiles code and takes memory, and options that do not fit it are found before a client finds them.</summary>
    private async Task<ServedModel> TryOutAsync(PicturePredictor predictor, bool isOwned, CancellationToken cancellation)
    {
        try
        {
            ImageSource picture = new RgbImage(64, 64);
            SegmentationOptions? segmentation = null;
            if (predictor.Segmenter is { } segmenter)
            {
                segmentation = Options.Segmentation?.Invoke(segmenter.DefaultOptions) ?? segmenter.DefaultOptions;
                await segmenter.SegmentAsync(picture, segmentation, cancellation).ConfigureAwait(false);
            }
            else if (Options.Segmentation is null)
            {
                await predictor.Classifier!.ClassifyAsync(picture, cancellation).ConfigureAwait(false);
            }
            else
            {
                throw new InvalidOperationException($"The model '{Name}' classifies pictures; {nameof(VisionServiceOptions)}.{nameof(VisionServiceOptions.Segmentation)} is for networks that segment.");
            }

            return new ServedModel(predictor, segmentation, (_model?.Version ?? 0) + 1, isOwned);
        }
        catch when (isOwned)
        {
            predictor.Dispose();
            throw;
        }
    }

    private void Replace(ServedModel model)
    {
        lock (_replacing)
        {
            _model?.Retire();
            _model = model;
            if (_isDisposed)
            {
                model.Retire();
            }
        }
    }

    private void ReloadOrWarn()
    {
        string path = _model!.Predictor.Source;
        try
        {
            PicturePredictor predictor = PicturePredictor.LoadAsync(path, Options.Pipeline).GetAwaiter().GetResult();
            Replace(TryOutAsync(predictor, isOwned: true, CancellationToken.None).GetAwaiter().GetResult());
            LogReplaced(path, _model.Version);
        }
        catch (Exception e) when (e is not OutOfMemoryException or InsufficientMemoryException)
        {
            LogKept(path, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "The model '{Path}' has changed and answers from now on, as version {Version}.")]
    private partial void LogReplaced(string path, int version);

    [LoggerMessage(LogLevel.Warning, "The model '{Path}' has changed and cannot be used, so the one before it stays: {Reason}")]
    private partial void LogKept(string path, string reason);

    public void Dispose()
    {
        _watch?.Dispose();
        lock (_replacing)
        {
            _isDisposed = true;
            _model?.Retire();
        }

        _turns.Dispose();
    }
}
