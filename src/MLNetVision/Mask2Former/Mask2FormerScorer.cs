using MLNetVision.Images;
using MLNetVision.Models.Common.Imaging;
using MLNetVision.Models.Common.Segments;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>
/// Runs Mask2Former over pictures of any size, each by itself, so that a row never depends on its neighbours: on the CPU in
/// its prediction form, on a GPU as it is.
/// </summary>
internal sealed class Mask2FormerScorer : IImageScorer<SegmentationResult>
{
    private readonly Mask2FormerModelParameters _model;
    private readonly Mask2FormerImageProcessor _processor;
    private readonly SegmentExtractor _extractor;
    private readonly Device _device;
    private readonly Mask2FormerInference? _inference;
    private readonly ModelGate _gate;

    /// <summary>Takes over the model and disposes of it.</summary>
    public Mask2FormerScorer(Mask2FormerModelParameters model, SegmentExtractor extractor, Device device)
    {
        _model = model;
        _extractor = extractor;
        _device = device;
        _processor = new Mask2FormerImageProcessor(model.Preprocessing);
        _gate = new ModelGate(this);
        if (device.type == DeviceType.CPU)
        {
            _inference = new Mask2FormerInference(model.Module);
        }
        else
        {
            model.Module.to(device);
        }
    }

    public SegmentationResult?[] Score(ReadOnlySpan<ImageSource?> sources, IReadOnlySet<string> wanted, BadImages bad)
    {
        _gate.ThrowIfDisposed();
        RgbImage?[] pictures = Decode(sources.ToArray(), bad);
        return [.. pictures.Select(picture => picture is null ? null : _gate.Enter(() => Run(picture)))];
    }

    public void ThrowIfDisposed() => _gate.ThrowIfDisposed();

    public void Dispose()
    {
        if (_gate.Close())
        {
            _inference?.Dispose();
            _model.Dispose();
        }
    }

    private static RgbImage?[] Decode(ImageSource?[] sources, BadImages bad)
    {
        var pictures = new RgbImage?[sources.Length];
        Parallel.For(0, sources.Length, i =>
        {
            try
            {
                pictures[i] = sources[i]?.Load();
                if (sources[i] is null)
                {
                    bad.Add(ImageBatch.NoPicture);
                }
            }
            catch (Exception e) when (ImageBatch.IsUnreadable(e))
            {
                bad.Add(e.Message);
            }
        });
        return pictures;
    }

    private SegmentationResult Run(RgbImage picture)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = inference_mode();
        using Mask2FormerInputs inputs = _processor.Process(ImageSource.FromImage(picture));
        (Tensor classLogits, Tensor maskLogits) = Forward(inputs.PixelValues);
        return _extractor.Extract(classLogits, maskLogits, TargetSize.Of(inputs, 0, picture.Height, picture.Width));
    }

    private (Tensor ClassLogits, Tensor MaskLogits) Forward(Tensor pixelValues)
    {
        if (_inference is not null)
        {
            Mask2FormerPrediction prediction = _inference.Predict(pixelValues);
            return (prediction.ClassQueriesLogits, prediction.MasksQueriesLogits);
        }

        Mask2FormerSegmentationOutput output = _model.Module.forward(pixelValues.to(_device));
        return (output.ClassQueriesLogits, output.MasksQueriesLogits!);
    }
}
