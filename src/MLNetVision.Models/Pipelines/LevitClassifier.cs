using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines.Streams;

namespace MLNetVision.Models.Pipelines;

/// <summary>Classifies pictures with LeViT: pictures in, classes with their probabilities out.</summary>
/// <remarks>
/// What computes is settled when it is loaded: this library's kernels on the CPU, which need no libtorch, or a GPU. Any
/// number of threads may classify at once; as many as the machine has processors are let in. A picture's answer never
/// depends on others in its batch.
/// </remarks>
public sealed class LevitClassifier : IDisposable
{
    /// <summary>The pictures that the network takes at once: the input of 32 pictures of 224×224 takes 19 MB.</summary>
    internal const int BatchSize = 32;

    private readonly LevitScoringEngine _engine;

    private LevitClassifier(LevitCheckpoint checkpoint, LevitScoringEngine engine) =>
        (Config, Preprocessing, _engine) = (checkpoint.Config, checkpoint.Preprocessing, engine);

    /// <summary>The network's settings.</summary>
    public LevitConfig Config { get; }

    /// <summary>How pictures become the network's input.</summary>
    public LevitImageProcessorConfig Preprocessing { get; }

    /// <summary>The names of the classes.</summary>
    public IReadOnlyList<string> ClassNames => Config.Labels;

    /// <summary>Which way up pictures come that are files or their bytes.</summary>
    public ExifOrientation Orientation { get; private init; }

    /// <summary>Loads a classifier.</summary>
    /// <param name="source">
    /// A folder in Hugging Face's form, a weights file with its config.json beside it, a file that <c>mlContext.Model.Save</c> wrote of a pipeline
    /// with a LeViT, or a model id such as "facebook/levit-256".
    /// </param>
    /// <param name="options">Device, precision, download, log.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint is broken, or it is no LeViT.</exception>
    /// <exception cref="Common.Checkpoints.Loading.CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    /// <exception cref="InvalidOperationException">The GPU that was asked for cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static LevitClassifier FromPretrained(string source, PipelineOptions? options = null) =>
        FromPretrainedAsync(source, options).GetAwaiter().GetResult();

    /// <inheritdoc cref="FromPretrained" path="/summary | /returns | /remarks | /exception"/>
    /// <param name="source">A folder, a weights file, an ML.NET model file, or a model id.</param>
    /// <param name="options">Device, precision, download, log.</param>
    /// <param name="progress">Told what of a download has come; null for the one of the options.</param>
    /// <param name="cancellation">Ends a download; what has come is kept for the next time.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<LevitClassifier> FromPretrainedAsync(
        string source, PipelineOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default) =>
        PipelineLoading.LoadAsync(
            source, options, LevitScoringEngine.HasLibTorchForm,
            (found, modelFile, engine, settled) =>
            {
                LevitCheckpoint checkpoint = modelFile is null ? LevitCheckpoint.Open(found) : LevitCheckpoint.Open(found, modelFile);
                return new LevitClassifier(checkpoint, LevitScoringEngine.Of(checkpoint, engine, new ModelOwner(typeof(LevitClassifier)), settled.Warning)) { Orientation = PipelineLoading.Orientation(settled, modelFile) };
            },
            progress, cancellation);

    /// <summary>Classifies a picture.</summary>
    /// <param name="image">A path, a file's bytes, or pixels.</param>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public Classification Classify(ImageSource image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Classify([image])[0];
    }

    /// <summary>Classifies pictures, in batches; while the network works on one, the next is decoded.</summary>
    /// <param name="images">Paths, files' bytes, or pixels.</param>
    /// <returns>An answer for each picture, in their order.</returns>
    /// <exception cref="InvalidDataException">A picture cannot be decoded; the message names its file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The classifier was disposed.</exception>
    public IReadOnlyList<Classification> Classify(IReadOnlyList<ImageSource> images) => Run(images, CancellationToken.None);

    /// <summary>
    /// Classifies any number of pictures, a result for each in their order, as they come: while the network works on a batch the next is decoded,
    /// and no more than a few batches are in memory. A picture that cannot be read has a result that says why.
    /// </summary>
    /// <param name="images">Paths, files' bytes, or pixels. They are asked for on another thread; where one has to be waited for, those before it are classified meanwhile.</param>
    /// <param name="batchSize">The most pictures that go through the network at once, at least 1.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch size is less than 1.</exception>
    /// <exception cref="ObjectDisposedException">While reading: the classifier was disposed.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<PictureResult<Classification>> ClassifyEach(IEnumerable<ImageSource> images, int batchSize = BatchSize, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return PictureStream.Run(images, batchSize, Prepare, Score, cancellation);

        (LevitInputs Inputs, string?[] Problems) Prepare(ImageSource[] batch)
        {
            var problems = new string?[batch.Length];
            return (_engine.Prepare([.. batch.Select(image => image.WithOrientation(Orientation))], (place, why) => problems[place] = why), problems);
        }

        IEnumerable<PictureResult<Classification>> Score((LevitInputs Inputs, string?[] Problems) batch) =>
            _engine.Score(batch.Inputs, wantsProbabilities: true, wantsFeatures: false)
                .Select((result, i) => result is null ? PictureResult<Classification>.Unreadable(batch.Problems[i]!) : new(new Classification(ClassNames, result.Probabilities)));
    }

    /// <summary>Classifies a picture on another thread.</summary>
    /// <inheritdoc cref="Classify(ImageSource)" path="/exception"/>
    /// <param name="image">A path, a file's bytes, or pixels.</param>
    /// <param name="cancellation">Looked at before the picture's turn comes.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<Classification> ClassifyAsync(ImageSource image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return (await ClassifyAsync([image], cancellation).ConfigureAwait(false))[0];
    }

    /// <summary>Classifies pictures on other threads.</summary>
    /// <inheritdoc cref="Classify(IReadOnlyList{ImageSource})" path="/returns|/exception"/>
    /// <param name="images">Paths, files' bytes, or pixels.</param>
    /// <param name="cancellation">Looked at before each batch.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<IReadOnlyList<Classification>> ClassifyAsync(IReadOnlyList<ImageSource> images, CancellationToken cancellation = default) =>
        Task.Run<IReadOnlyList<Classification>>(() => Run(images, cancellation), cancellation);

    /// <summary>Frees the network after the last picture that is under way. A second call does nothing.</summary>
    public void Dispose() => _engine.Dispose();

    private List<Classification> Run(IReadOnlyList<ImageSource> images, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(images);
        var results = new List<Classification>(images.Count);
        LookAhead.Run(
            [.. images.Select(image => image.WithOrientation(Orientation)).Chunk(BatchSize)],
            batch => _engine.Prepare(batch),
            inputs => results.AddRange(_engine.Score(inputs, wantsProbabilities: true, wantsFeatures: false).Select(result => new Classification(ClassNames, result!.Probabilities))),
            cancellation);
        return results;
    }
}
