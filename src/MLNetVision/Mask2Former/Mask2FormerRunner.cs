using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>Segments single pictures: on the CPU with a copy of the network in its prediction form, on a GPU with the network as it is.</summary>
internal sealed class Mask2FormerRunner : IDisposable
{
    private readonly Mask2FormerForUniversalSegmentation _module;
    private readonly Mask2FormerImageProcessor _processor;
    private readonly SegmentExtractor _extractor;
    private readonly Device _device;
    private readonly Mask2FormerInference? _inference;

    /// <param name="module">The network in eval mode, on the device if that is a GPU. It stays the caller's.</param>
    /// <param name="preprocessing">How pictures become its input.</param>
    /// <param name="extractor">How its output becomes segments.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    public Mask2FormerRunner(Mask2FormerForUniversalSegmentation module, Mask2FormerImageProcessorConfig preprocessing, SegmentExtractor extractor, Device device,
        ScoringPrecision precision)
    {
        (_module, _extractor, _device) = (module, extractor, device);
        _processor = new Mask2FormerImageProcessor(preprocessing);
        _inference = device.type == DeviceType.CPU ? new Mask2FormerInference(module, precision) : null;
    }

    public SegmentationResult Run(RgbImage picture)
    {
        using DisposeScope scope = NewDisposeScope();

        // Not inference mode: what the network keeps between calls must stay fit for training, which evaluations interrupt.
        using IDisposable noGradient = no_grad();
        using Mask2FormerInputs inputs = _processor.Process(ImageSource.FromImage(picture));
        (Tensor classLogits, Tensor maskLogits) = Forward(inputs.PixelValues);
        return _extractor.Extract(classLogits, maskLogits, TargetSize.Of(inputs, 0, picture.Height, picture.Width));
    }

    public void Dispose() => _inference?.Dispose();

    private (Tensor ClassLogits, Tensor MaskLogits) Forward(Tensor pixelValues)
    {
        if (_inference is not null)
        {
            Mask2FormerPrediction prediction = _inference.Predict(pixelValues);
            return (prediction.ClassQueriesLogits, prediction.MasksQueriesLogits);
        }

        Mask2FormerSegmentationOutput output = _module.forward(pixelValues.to(_device));
        return (output.ClassQueriesLogits, output.MasksQueriesLogits!);
    }
}
