using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Levit.Scoring;
using MLNetVision.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>Runs LeViT over batches of pictures: on the CPU in its fused form, on a GPU as it is.</summary>
internal sealed class LevitScorer : IImageScorer<LevitRowResult>
{
    private readonly LevitModelParameters _model;
    private readonly string? _featureColumn;
    private readonly LevitImageProcessor _processor;
    private readonly Device _device;
    private readonly LevitInference? _fused;
    private readonly ModelGate _gate;

    /// <param name="model">Taken over and disposed of.</param>
    /// <param name="columns">What the outputs are called that may be asked for.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    public LevitScorer(LevitModelParameters model, LevitOutputColumns columns, Device device, ScoringPrecision precision)
    {
        _model = model;
        _featureColumn = columns.Features;
        _device = device;
        _processor = new LevitImageProcessor(model.Preprocessing);
        _gate = new ModelGate(this);
        if (device.type == DeviceType.CPU)
        {
            _fused = LevitInference.FromWeights(model.Config, model.Module.state_dict(), precision);
        }
        else
        {
            model.Module.to(device);
        }
    }

    public IPreparedBatch<LevitRowResult> Prepare(ReadOnlySpan<ImageSource?> sources, BadImages bad)
    {
        _gate.ThrowIfDisposed();
        (Tensor? input, int[] places) = ImageBatch.Prepare(sources, _processor.Process, bad);
        return new Prepared(this, sources.Length, input, places);
    }

    public void ThrowIfDisposed() => _gate.ThrowIfDisposed();

    public void Dispose()
    {
        if (_gate.Close())
        {
            _fused?.Dispose();
            _model.Dispose();
        }
    }

    // (N, 3, H, W) -> (N · classes), (N · features), of which what is not wanted is empty
    private (float[] Probabilities, float[] Features) Run(Tensor input, IReadOnlySet<string> wanted)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = inference_mode();
        bool wantsFeatures = _featureColumn is not null && wanted.Contains(_featureColumn);
        if (wanted.Count == (wantsFeatures ? 1 : 0))
        {
            return ([], wantsFeatures ? Floats(FeaturesOf(input)) : []);
        }

        (Tensor logits, Tensor features) = Forward(input);
        return (Floats(logits.softmax(1)), wantsFeatures ? Floats(features) : []);
    }

    private static float[] Floats(Tensor tensor) => tensor.cpu().data<float>().ToArray();

    // Without the heads.
    private Tensor FeaturesOf(Tensor input)
    {
        if (_fused is not null)
        {
            return _fused.Features(input);
        }

        LevitModel levit = _model.Module is LevitForImageClassificationWithTeacher distilled ? distilled.Levit : ((LevitForImageClassification)_model.Module).Levit;
        return levit.call(input.to(_device)).PooledOutput;
    }

    private (Tensor Logits, Tensor Features) Forward(Tensor input)
    {
        if (_fused is not null)
        {
            LevitScores scores = _fused.Score(input);
            return (scores.Logits, scores.PooledOutput);
        }

        Tensor onDevice = input.to(_device);
        if (_model.Module is LevitForImageClassificationWithTeacher distilled)
        {
            LevitDistillationOutput output = distilled.call(onDevice);
            return (output.Logits, output.Features.PooledOutput);
        }

        LevitClassificationOutput single = ((LevitForImageClassification)_model.Module).call(onDevice);
        return (single.Logits, single.Features.PooledOutput);
    }

    /// <summary>The readable pictures as one tensor, and their places in the batch.</summary>
    private sealed class Prepared(LevitScorer scorer, int count, Tensor? input, int[] places) : IPreparedBatch<LevitRowResult>
    {
        public LevitRowResult?[] Score(IReadOnlySet<string> wanted)
        {
            var results = new LevitRowResult?[count];
            if (input is null)
            {
                return results;
            }

            (float[] probabilities, float[] features) = scorer._gate.Enter(() => scorer.Run(input, wanted));
            int classes = probabilities.Length / places.Length;
            int width = features.Length / places.Length;
            for (int i = 0; i < places.Length; i++)
            {
                results[places[i]] = new LevitRowResult(
                    probabilities[(i * classes)..((i + 1) * classes)], features[(i * width)..((i + 1) * width)]);
            }

            return results;
        }

        public void Dispose() => input?.Dispose();
    }
}
