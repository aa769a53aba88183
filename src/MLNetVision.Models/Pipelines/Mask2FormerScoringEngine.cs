using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Processing;
using MLNetVision.Models.Common.Processing.Kernels;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Pipelines;

/// <summary>
/// Mask2Former behind one engine: a picture of any size in, segments out, each picture by itself, so that an answer never
/// depends on a neighbour. On the CPU it runs in its prediction form, on a GPU the module as it is. Any number of threads
/// may use it.
/// </summary>
internal sealed class Mask2FormerScoringEngine : IDisposable
{
    /// <summary>The prediction form has kernels only.</summary>
    public const bool HasLibTorchForm = false;

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

    /// <summary>An engine for a module, which stays the caller's: the CPU takes a copy of it, a GPU the module itself, which is moved there.</summary>
    /// <param name="module">The network in eval mode.</param>
    /// <param name="preprocessing">How pictures become its input.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    public static Mask2FormerScoringEngine Of(Mask2FormerForUniversalSegmentation module, Mask2FormerImageProcessorConfig preprocessing, EngineChoice engine, ModelOwner owner) =>
        engine.Kind == EngineKind.Gpu
            ? new(engine, preprocessing, null, module.to(engine.Device), ownsModule: false, owner)
            : new(engine, preprocessing, new Mask2FormerInference(module, engine.Precision), null, ownsModule: false, owner);

    /// <summary>An engine with the weights of a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed.</param>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out of it.</param>
    public static Mask2FormerScoringEngine Of(Mask2FormerCheckpoint checkpoint, EngineChoice engine, ModelOwner owner, Action<string> warning) => engine.Kind == EngineKind.Gpu
        ? new(engine, checkpoint.Preprocessing, null, checkpoint.LoadModule(warning).to(engine.Device), ownsModule: true, owner)
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

    /// <summary>Segments a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="extractor">How the network's output becomes segments.</param>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public SegmentationResult Segment(RgbImage picture, SegmentExtractor extractor) => _gate.Enter(() => Run(picture, extractor));

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

    private SegmentationResult Run(RgbImage picture, SegmentExtractor extractor)
    {
        if (_inference is null)
        {
            return RunOnGpu(picture, extractor);
        }

        PixelValues pixels = _processor.ProcessPixels(ImageSource.FromImage(picture));
        return extractor.Extract(_inference.Predict(pixels), TargetSize.Of(pixels, 0, picture.Height, picture.Width));
    }

    private SegmentationResult RunOnGpu(RgbImage picture, SegmentExtractor extractor)
    {
        using DisposeScope scope = NewDisposeScope();

        // Not inference mode: what the network keeps between calls must stay fit for training, which evaluations interrupt.
        using IDisposable noGradient = no_grad();
        using Mask2FormerInputs inputs = _processor.Process(ImageSource.FromImage(picture));
        Mask2FormerSegmentationOutput output = _module!.forward(inputs.PixelValues.to(Engine.Device));
        return extractor.Extract(output.ClassQueriesLogits, output.MasksQueriesLogits!, TargetSize.Of(inputs, 0, picture.Height, picture.Width));
    }
}
