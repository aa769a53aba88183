using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Imaging.Segments.Tiles;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines.Streams;

namespace MLNetVision.Models.Pipelines;

/// <summary>Segments pictures with Mask2Former: pictures of any size in, segments with masks, classes and scores out.</summary>
/// <remarks>
/// One network answers the three tasks; each call chooses one by its <see cref="SegmentationOptions"/>. What computes is
/// settled when it is loaded: this library's kernels on the CPU, which need no libtorch, or a GPU. Any number of threads may
/// segment at once; as many as the machine has processors are let in. Pictures go through the network one by one, so that an
/// answer never depends on a neighbour.
/// </remarks>
public sealed class Mask2FormerSegmenter : IDisposable
{
    /// <summary>The pictures that are decoded ahead together.</summary>
    internal const int BatchSize = 4;

    private readonly Mask2FormerScoringEngine _engine;

    private Mask2FormerSegmenter(Mask2FormerCheckpoint checkpoint, Mask2FormerScoringEngine engine) =>
        (Config, Preprocessing, _engine) = (checkpoint.Config, checkpoint.Preprocessing, engine);

    /// <summary>The network's settings.</summary>
    public Mask2FormerConfig Config { get; }

    /// <summary>How pictures become the network's input.</summary>
    public Mask2FormerImageProcessorConfig Preprocessing { get; }

    /// <summary>The names of the classes; a segment's <see cref="PredictedSegment.LabelId"/> is a place among them.</summary>
    public IReadOnlyList<string> ClassNames => Config.Labels;

    /// <summary>What is asked of pictures where a call does not say: what an ML.NET model file says, else a panoptic scene.</summary>
    public SegmentationOptions DefaultOptions { get; private init; } = new();

    /// <summary>Which way up pictures come that are files or their bytes.</summary>
    public ExifOrientation Orientation { get; private init; }

    /// <summary>Loads a segmenter.</summary>
    /// <param name="source">
    /// A folder in Hugging Face's form, a weights file with its config.json beside it, a file that <c>mlContext.Model.Save</c> wrote of a pipeline
    /// with a Mask2Former, or a model id such as "facebook/mask2former-swin-tiny-coco-panoptic".
    /// </param>
    /// <param name="options">Device, precision, download, log.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the checkpoint lacks a file.</exception>
    /// <exception cref="HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of the checkpoint is broken, or it is no Mask2Former.</exception>
    /// <exception cref="Common.Checkpoints.Loading.CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    /// <exception cref="NotSupportedException">The network has an activation that the form for the CPU does not know.</exception>
    /// <exception cref="InvalidOperationException">The GPU that was asked for cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    public static Mask2FormerSegmenter FromPretrained(string source, PipelineOptions? options = null) =>
        FromPretrainedAsync(source, options).GetAwaiter().GetResult();

    /// <inheritdoc cref="FromPretrained" path="/summary | /returns | /remarks | /exception"/>
    /// <param name="source">A folder, a weights file, an ML.NET model file, or a model id.</param>
    /// <param name="options">Device, precision, download, log.</param>
    /// <param name="progress">Told what of a download has come; null for the one of the options.</param>
    /// <param name="cancellation">Ends a download; what has come is kept for the next time.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<Mask2FormerSegmenter> FromPretrainedAsync(
        string source, PipelineOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default) =>
        PipelineLoading.LoadAsync(
            source, options, Mask2FormerScoringEngine.HasLibTorchForm,
            (found, modelFile, engine, settled) =>
            {
                Mask2FormerCheckpoint checkpoint = modelFile is null ? Mask2FormerCheckpoint.Open(found) : Mask2FormerCheckpoint.Open(found, modelFile);
                return new Mask2FormerSegmenter(checkpoint, Mask2FormerScoringEngine.Of(checkpoint, engine, new ModelOwner(typeof(Mask2FormerSegmenter)), settled.Warning))
                {
                    Orientation = PipelineLoading.Orientation(settled, modelFile),
                    DefaultOptions = SegmentationOptions.Of(modelFile?.Network.Scoring),
                };
            },
            progress, cancellation);

    /// <summary>Segments a picture.</summary>
    /// <param name="image">A path, a file's bytes, or pixels.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    /// <exception cref="InvalidDataException">The picture cannot be decoded.</exception>
    /// <exception cref="IOException">Its file cannot be read.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or a thing class is not among the model's.</exception>
    /// <exception cref="ObjectDisposedException">The segmenter was disposed.</exception>
    public SegmentationResult Segment(ImageSource image, SegmentationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Segment([image], options)[0];
    }

    /// <summary>Segments pictures; while the network works on some, the next are decoded.</summary>
    /// <param name="images">Paths, files' bytes, or pixels.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    /// <returns>A result for each picture, in their order.</returns>
    /// <exception cref="InvalidDataException">A picture cannot be decoded; the message names its file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ArgumentException">An option is out of its range, or a thing class is not among the model's.</exception>
    /// <exception cref="ObjectDisposedException">The segmenter was disposed.</exception>
    public IReadOnlyList<SegmentationResult> Segment(IReadOnlyList<ImageSource> images, SegmentationOptions? options = null) =>
        Run(images, options, CancellationToken.None);

    /// <summary>Segments a picture in tiles, whose segments are joined: for pictures much larger than the network's input.</summary>
    /// <inheritdoc cref="Segment(ImageSource, SegmentationOptions?)" path="/exception"/>
    /// <param name="image">A path, a file's bytes, or pixels.</param>
    /// <param name="tiles">The tiles.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    public SegmentationResult Segment(ImageSource image, PictureTiles tiles, SegmentationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(tiles);
        return Segment(_engine.Prepare([image.WithOrientation(Orientation)])[0], tiles, new SegmentExtractor(options ?? DefaultOptions, ClassNames), CancellationToken.None);
    }

    /// <summary>
    /// Segments any number of pictures, a result for each in their order, as they come: while the network works on some the next are decoded,
    /// and no more than a few are in memory. A picture that cannot be read has a result that says why.
    /// </summary>
    /// <param name="images">Paths, files' bytes, or pixels. They are asked for on another thread; where one has to be waited for, those before it are segmented meanwhile.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    /// <param name="tiles">The tiles in which pictures are segmented; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or a thing class is not among the model's.</exception>
    /// <exception cref="ObjectDisposedException">While reading: the segmenter was disposed.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<PictureResult<SegmentationResult>> SegmentEach(
        IEnumerable<ImageSource> images, SegmentationOptions? options = null, PictureTiles? tiles = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var extractor = new SegmentExtractor(options ?? DefaultOptions, ClassNames);
        return PictureStream.Run(images, BatchSize, Prepare, Score, cancellation);

        (RgbImage?[] Pictures, string?[] Problems) Prepare(ImageSource[] batch)
        {
            _engine.ThrowIfDisposed();
            var problems = new string?[batch.Length];
            return (ReadablePictures.ForEach(batch, image => image.WithOrientation(Orientation).Load(), (place, why) => problems[place] = why), problems);
        }

        IEnumerable<PictureResult<SegmentationResult>> Score((RgbImage?[] Pictures, string?[] Problems) batch) =>
            (tiles is null ? _engine.Segment(batch.Pictures, extractor, cancellation) : batch.Pictures.Select(picture => picture is null ? null : Segment(picture, tiles, extractor, cancellation)))
                .Select((result, i) => result is null ? PictureResult<SegmentationResult>.Unreadable(batch.Problems[i]!) : new(result));
    }

    /// <summary>Segments a picture on another thread.</summary>
    /// <inheritdoc cref="Segment(ImageSource, SegmentationOptions?)" path="/exception"/>
    /// <param name="image">A path, a file's bytes, or pixels.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    /// <param name="cancellation">Looked at before the picture's turn comes.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<SegmentationResult> SegmentAsync(ImageSource image, SegmentationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return (await SegmentAsync([image], options, cancellation).ConfigureAwait(false))[0];
    }

    /// <summary>Segments pictures on other threads.</summary>
    /// <inheritdoc cref="Segment(IReadOnlyList{ImageSource}, SegmentationOptions?)" path="/returns|/exception"/>
    /// <param name="images">Paths, files' bytes, or pixels.</param>
    /// <param name="options">The task and how segments are made; null for the default ones.</param>
    /// <param name="cancellation">Looked at before each picture.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<IReadOnlyList<SegmentationResult>> SegmentAsync(
        IReadOnlyList<ImageSource> images, SegmentationOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run<IReadOnlyList<SegmentationResult>>(() => Run(images, options, cancellation), cancellation);

    /// <summary>Frees the network after the last picture that is under way. A second call does nothing.</summary>
    public void Dispose() => _engine.Dispose();

    private List<SegmentationResult> Run(IReadOnlyList<ImageSource> images, SegmentationOptions? options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(images);
        var extractor = new SegmentExtractor(options ?? DefaultOptions, ClassNames);
        var results = new List<SegmentationResult>(images.Count);
        LookAhead.Run(
            [.. images.Select(image => image.WithOrientation(Orientation)).Chunk(BatchSize)],
            batch => _engine.Prepare(batch),
            pictures => results.AddRange(_engine.Segment(pictures, extractor, cancellation).Select(result => result!)),
            cancellation);
        return results;
    }

    private SegmentationResult Segment(RgbImage picture, PictureTiles tiles, SegmentExtractor extractor, CancellationToken cancellation) =>
        tiles.Segment(picture, tile =>
        {
            cancellation.ThrowIfCancellationRequested();
            return _engine.Segment(tile, extractor);
        }, extractor.Task);
}
