using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.AspNetCore;

/// <summary>The network of an application: loads it with the host, and lets as many requests compute at once as the options say.</summary>
internal sealed class VisionService : IHostedService, IDisposable
{
    private readonly string? _source;
    private readonly ConcurrencyLimiter _turns;
    private PicturePredictor? _predictor;

    private VisionService(string? source, PicturePredictor? predictor, VisionServiceOptions options)
    {
        (_source, _predictor, Options, Name) = (source, predictor, options, options.ModelName ?? "model");
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

    public PicturePredictor Predictor => _predictor ?? throw new InvalidOperationException("The model is loaded when the host starts; requests come after that.");

    public static Func<IServiceProvider, VisionService> Load(string source, VisionServiceOptions options) => _ => new VisionService(source, null, options);

    public static Func<IServiceProvider, VisionService> Of(PicturePredictor predictor, VisionServiceOptions options) => _ => new VisionService(null, predictor, options);

    /// <summary>How segments are made where a request does not say; null for a network that classifies.</summary>
    public SegmentationOptions? DefaultSegmentation => Predictor.Segmenter is { } segmenter ? Options.Segmentation ?? segmenter.DefaultOptions : null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_source is not null)
        {
            string beside = Path.Combine(AppContext.BaseDirectory, _source);
            string place = File.Exists(beside) || Directory.Exists(beside) ? beside : _source;
            Name = Options.ModelName ?? NameOf(place, _source);
            _predictor = await PicturePredictor.LoadAsync(place, Options.Pipeline, null, cancellationToken).ConfigureAwait(false);
        }

        // The first call compiles code and takes memory, and options that do not fit the model are found before a client finds them.
        ImageSource picture = new RgbImage(64, 64);
        if (Predictor.Classifier is { } classifier)
        {
            if (Options.Segmentation is not null)
            {
                throw new InvalidOperationException($"The model '{Name}' classifies pictures; {nameof(VisionServiceOptions)}.{nameof(VisionServiceOptions.Segmentation)} is for networks that segment.");
            }

            await classifier.ClassifyAsync(picture, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await Predictor.Segmenter!.SegmentAsync(picture, DefaultSegmentation, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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

    public void Dispose()
    {
        _turns.Dispose();
        if (_source is not null)
        {
            _predictor?.Dispose();
        }
    }
}
