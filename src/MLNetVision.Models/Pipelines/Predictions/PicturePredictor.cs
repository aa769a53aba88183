using System.Collections.Concurrent;
using MLNetVision.Imaging.Segments.Tiles;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Pipelines.Streams;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>A network of either kind, told by its files, that answers any number of requests in order.</summary>
public sealed class PicturePredictor : IDisposable
{
    private PicturePredictor(string source, LevitClassifier? classifier, Mask2FormerSegmenter? segmenter) => (Source, Classifier, Segmenter) = (source, classifier, segmenter);

    /// <summary>The full path of the file or folder that it was loaded from; of a model id that of its folder in the local cache.</summary>
    public string Source { get; }

    /// <summary>The network, where it classifies; else null.</summary>
    public LevitClassifier? Classifier { get; }

    /// <summary>The network, where it segments; else null.</summary>
    public Mask2FormerSegmenter? Segmenter { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => Classifier?.ClassNames ?? Segmenter!.ClassNames;

    /// <summary>Loads a network.</summary>
    /// <param name="source">A folder in Hugging Face's form, a weights file with its config.json beside it, an ML.NET model file, or a model id.</param>
    /// <param name="options">Device, precision, download, log.</param>
    /// <param name="progress">Told what of a download has come; null for the one of the options.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file is broken, or it is neither a LeViT nor a Mask2Former.</exception>
    /// <exception cref="Common.Checkpoints.Loading.CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    /// <exception cref="NotSupportedException">The network has an activation that the form for the CPU does not know.</exception>
    /// <exception cref="InvalidOperationException">The GPU that was asked for cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<PicturePredictor> LoadAsync(
        string source, PipelineOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        PretrainedSource found = await PretrainedSource.ResolveAsync(source, options?.Hub, progress, cancellation).ConfigureAwait(false);
        string path = Path.GetFullPath(found.Path);
        return found.ReadModelType() switch
        {
            "levit" => new PicturePredictor(path, await LevitClassifier.FromPretrainedAsync(found.Path, options, progress, cancellation).ConfigureAwait(false), null),
            "mask2former" => new PicturePredictor(path, null, await Mask2FormerSegmenter.FromPretrainedAsync(found.Path, options, progress, cancellation).ConfigureAwait(false)),
            var other => throw new InvalidDataException(
                $"'{source}' holds {NetworkKinds.Describe(other)}; this library has the types 'levit', which classifies, and 'mask2former', which segments."),
        };
    }

    /// <summary>Answers requests as they come, each with one prediction, in order; few pictures are in memory at once.</summary>
    /// <param name="requests">The requests. They are asked for on another thread; where one has to be waited for, those before it are answered meanwhile.</param>
    /// <param name="batchSize">The most pictures that go through a network that classifies at once.</param>
    /// <param name="segmentation">How a network that segments makes segments; null for its own options.</param>
    /// <param name="tiles">The tiles in which pictures are segmented; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a network that classifies is asked for segments.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<PicturePrediction> Predict(
        IEnumerable<PictureRequest> requests, int batchSize = LevitClassifier.BatchSize, SegmentationOptions? segmentation = null, PictureTiles? tiles = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var asked = new ConcurrentQueue<PictureRequest>();
        IEnumerable<Imaging.Pictures.Sources.ImageSource> pictures = requests.Select(request =>
        {
            asked.Enqueue(request);
            return request.ToSource();
        });
        if (Classifier is not null)
        {
            if (segmentation is not null || tiles is not null)
            {
                throw new ArgumentException("The network classifies pictures; it has no segments for which options or tiles could be given.", segmentation is not null ? nameof(segmentation) : nameof(tiles));
            }

            return Answers(Classifier.ClassifyEach(pictures, batchSize, cancellation), asked, (request, result) => new PicturePrediction(request, result, null, null));
        }

        return Answers(Segmenter!.SegmentEach(pictures, segmentation, tiles, cancellation), asked, (request, result) => new PicturePrediction(request, null, result, null));
    }

    /// <summary>Frees the network after the last picture that is under way. A second call does nothing.</summary>
    public void Dispose()
    {
        Classifier?.Dispose();
        Segmenter?.Dispose();
    }

    private static IEnumerable<PicturePrediction> Answers<T>(IEnumerable<PictureResult<T>> results, ConcurrentQueue<PictureRequest> asked, Func<PictureRequest, T, PicturePrediction> answer)
        where T : class
    {
        foreach (PictureResult<T> result in results)
        {
            if (!asked.TryDequeue(out PictureRequest? request))
            {
                throw new InvalidOperationException("There is a result that nobody asked for.");
            }

            yield return result.IsReadable ? answer(request, result.Result) : new PicturePrediction(request, null, null, request.Problem ?? result.Problem);
        }
    }
}
