using System.Runtime.InteropServices;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Processing.Kernels;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Pipelines;

/// <summary>
/// Mask2Former behind one engine: a picture of any size in, segments out. On the CPU it runs in its prediction form, each
/// picture by itself, on a GPU the module, with pictures of one size at once; an answer never depends on a neighbour. Any
/// number of threads may use it.
/// </summary>
internal sealed class Mask2FormerScoringEngine : IDisposable
{
    /// <summary>The prediction form has kernels only.</summary>
    public const bool HasLibTorchForm = false;

    /// <summary>The most pictures, and pixels of the network's input, that a GPU takes at once: small cards hold three pictures of 800 × 1333.</summary>
    private const int MostAtOnce = 8, MostPixelsAtOnce = 4_000_000;

    private readonly Mask2FormerImageProcessor _processor;
    private readonly Mask2FormerInference? _inference;
    private readonly Mask2FormerForUniversalSegmentation? _module;
    private readonly bool _ownsModule;
    private readonly ModelGate _gate;

    private Mask2FormerScoringEngine(
        EngineChoice engine, Mask2FormerImageProcessorConfig preprocessing, Mask2FormerInference? inference, Mask2FormerForUniversalSegmentation? module, bool ownsModule, ModelOwner owner)
    {
        (Engine, _inference, _module, _ownsModule) = (engine, inference, module, ownsModule);
        _processor = new Mask2FormerImageProcessor(preprocessing);
        _gate = new ModelGate(owner);
    }

    /// <summary>What computes.</summary>
    public EngineChoice Engine { get; }

    /// <summary>
    /// An engine for a module, which stays the caller's: the CPU and bfloat16 take a copy of it, a GPU in single precision the module
    /// itself, which is moved there.
    /// </summary>
    /// <param name="module">The network in eval mode.</param>
    /// <param name="preprocessing">How pictures become its input.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    public static Mask2FormerScoringEngine Of(Mask2FormerForUniversalSegmentation module, Mask2FormerImageProcessorConfig preprocessing, EngineChoice engine, ModelOwner owner) => engine switch
    {
        { Kind: not EngineKind.Gpu } => new(engine, preprocessing, new Mask2FormerInference(module, engine.Precision), null, ownsModule: false, owner),
        { Precision: ScoringPrecision.BFloat16 } => new(engine, preprocessing, null, Placed(module.Copy(), engine), ownsModule: true, owner),
        _ => new(engine, preprocessing, null, Placed(module, engine), ownsModule: false, owner),
    };

    /// <summary>An engine with the weights of a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out of it.</param>
    public static Mask2FormerScoringEngine Of(Mask2FormerCheckpoint checkpoint, EngineChoice engine, ModelOwner owner, Action<string> warning) => engine.Kind == EngineKind.Gpu
        ? new(engine, checkpoint.Preprocessing, null, Placed(checkpoint.LoadModule(warning), engine), ownsModule: true, owner)
        : new(engine, checkpoint.Preprocessing, checkpoint.LoadInference(engine.Precision, warning), null, ownsModule: false, owner);

    /// <summary>Decodes pictures that must all be readable; it may be called while the network runs.</summary>
    /// <exception cref="InvalidDataException">One cannot be decoded.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public RgbImage[] Prepare(ImageSource[] sources)
    {
        ThrowIfDisposed();
        var pictures = new RgbImage[sources.Length];
        PlanarBatch.ForEach(sources.Length, threads: -1, i => pictures[i] = sources[i].Load());
        return pictures;
    }

    /// <summary>Segments pictures in their order, while the results are asked for; null where there is no picture.</summary>
    /// <param name="pictures">The pictures. On a GPU neighbours of one size run at once.</param>
    /// <param name="extractor">How the network's output becomes segments.</param>
    /// <param name="cancellation">Looked at before each run.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<SegmentationResult?> Segment(IReadOnlyList<RgbImage?> pictures, SegmentExtractor extractor, CancellationToken cancellation = default)
    {
        for (int first = 0, count; first < pictures.Count; first += count)
        {
            count = 1;
            if (pictures[first] is not { } picture)
            {
                yield return null;
                continue;
            }

            int most = _module is null ? 1 : AtOnce(picture);
            while (count < most && first + count < pictures.Count
                && pictures[first + count] is { } next && (next.Height, next.Width) == (picture.Height, picture.Width))
            {
                count++;
            }

            cancellation.ThrowIfCancellationRequested();
            RgbImage[] batch = [.. pictures.Skip(first).Take(count).Select(one => one!)];
            foreach (SegmentationResult result in _gate.Enter(() => Run(batch, extractor)))
            {
                yield return result;
            }
        }
    }

    /// <summary>Segments a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="extractor">How the network's output becomes segments.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public SegmentationResult Segment(RgbImage picture, SegmentExtractor extractor) => _gate.Enter(() => Run([picture], extractor))[0];

    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public void ThrowIfDisposed() => _gate.ThrowIfDisposed();

    /// <summary>Frees the network after the last picture that is under way.</summary>
    /// <returns>False if that was done before.</returns>
    public bool Close()
    {
        if (!_gate.Close())
        {
            return false;
        }

        _inference?.Dispose();
        if (_ownsModule)
        {
            _module!.Dispose();
        }

        return true;
    }

    public void Dispose() => Close();

    private static Mask2FormerForUniversalSegmentation Placed(Mask2FormerForUniversalSegmentation module, EngineChoice engine) =>
        engine.Precision == ScoringPrecision.BFloat16 ? module.to(engine.Device, ScalarType.BFloat16) : module.to(engine.Device);

    private int AtOnce(RgbImage picture)
    {
        (int width, int height) = _processor.ResizedSize(picture.Width, picture.Height);
        return (int)Math.Clamp(MostPixelsAtOnce / ((long)height * width), 1, MostAtOnce);
    }

    // Of one size, and on the CPU one.
    private SegmentationResult[] Run(RgbImage[] pictures, SegmentExtractor extractor)
    {
        if (_inference is null)
        {
            return RunModule(pictures, extractor);
        }

        PixelValues pixels = _processor.ProcessPixels(ImageSource.FromImage(pictures[0]));
        return [extractor.Extract(_inference.Predict(pixels), TargetSize.Of(pixels, 0, pictures[0].Height, pictures[0].Width))];
    }

    private SegmentationResult[] RunModule(RgbImage[] pictures, SegmentExtractor extractor)
    {
        try
        {
            return RunAtOnce(pictures, extractor);
        }
        catch (ExternalException e) when (ExhaustedMemory.Is(e))
        {
            return pictures.Length > 1
                ? [.. pictures.SelectMany(picture => RunModule([picture], extractor))]
                : throw ExhaustedMemory.Explain(e, $"A picture of {pictures[0].Width}×{pictures[0].Height}", "let the preprocessing make it smaller, segment it in tiles, or score on the CPU");
        }
    }

    private SegmentationResult[] RunAtOnce(RgbImage[] pictures, SegmentExtractor extractor)
    {
        using DisposeScope scope = NewDisposeScope();

        // Not inference mode: what the network keeps between calls must stay fit for training, which evaluations interrupt.
        using IDisposable noGradient = no_grad();
        using Mask2FormerInputs inputs = _processor.Process([.. pictures.Select(ImageSource.FromImage)]);
        ScalarType type = Engine.Precision == ScoringPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        Mask2FormerSegmentationOutput output = _module!.forward(DeviceUpload.To(inputs.PixelValues.to(type), Engine.Device));
        Tensor classes = output.ClassQueriesLogits.to(float32), masks = output.MasksQueriesLogits!.to(float32);
        return [.. pictures.Select((picture, i) => extractor.Extract(classes[i..(i + 1)], masks[i..(i + 1)], TargetSize.Of(inputs, i, picture.Height, picture.Width)))];
    }
}
