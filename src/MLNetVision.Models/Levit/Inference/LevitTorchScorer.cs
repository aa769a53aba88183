using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Heads;
using MLNetVision.Models.Levit.Layers;
using MLNetVision.Models.Levit.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Inference;

/// <summary>The inference form in libtorch's operators: for GPUs, and for processors without fast fused multiply-adds of vectors.</summary>
internal sealed class LevitTorchScorer : ILevitScorer
{
    private readonly LevitConfig _config;
    private readonly LevitFusedPlace _place;
    private readonly (Tensor Weight, Tensor Bias)[] _stem;
    private readonly List<ILevitFusedLayer> _layers = [];
    private readonly LevitFusedLinear _head;

    /// <param name="config">The settings.</param>
    /// <param name="weights">Copied.</param>
    /// <param name="place">Where it computes, and in which numbers.</param>
    public LevitTorchScorer(LevitConfig config, WeightScope weights, LevitFusedPlace place)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        (_config, _place) = (config, place);
        _stem = [.. Enumerable.Range(0, 4).Select(i => Convolution(LevitPatchEmbeddings.Fold(weights, config, i)))];

        for (int stage = 0; stage < LevitConfig.StageCount; stage++)
        {
            _layers.AddRange(Layers(weights, config, stage, place));
        }

        _head = new LevitFusedLinear(LevitClassificationHead.Fold(weights, config), place);
    }

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> pixels, int images, Span<float> logits, Span<float> features)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = inference_mode();
        Tensor input = empty(images, _config.NumChannels, _config.ImageSize, _config.ImageSize);
        pixels.CopyTo(TensorMemory.Floats(input));
        Tensor pooled = Pooled(DeviceUpload.To(input.to(_place.Type), _place.Device));
        if (!features.IsEmpty)
        {
            TensorMemory.Floats(OnHost(pooled)).CopyTo(features);
        }

        if (!logits.IsEmpty)
        {
            TensorMemory.Floats(OnHost(_head.Forward(pooled))).CopyTo(logits);
        }
    }

    /// <summary>The logits of images on this scorer's device, in float32 and there.</summary>
    /// <param name="pixelValues">[N, C, H, W], float32; on another device they are copied.</param>
    public Tensor Logits(Tensor pixelValues)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return _head.Forward(Pooled(pixelValues.to(_place.Type, _place.Device))).to(float32).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach ((Tensor weight, Tensor bias) in _stem)
        {
            weight.Dispose();
            bias.Dispose();
        }

        _layers.ForEach(layer => layer.Dispose());
        _head.Dispose();
    }

    private static Tensor OnHost(Tensor result) => result.to(float32).cpu().contiguous();

    // [N, C, H, W] -> [N, width]
    private Tensor Pooled(Tensor pixelValues)
    {
        Tensor x = Stem(pixelValues);
        foreach (ILevitFusedLayer layer in _layers)
        {
            using DisposeScope layerScope = NewDisposeScope();
            x = layer.Forward(x).MoveToOuterDisposeScope();
        }

        return x.mean([1]);
    }

    // [N, C, H, W] -> [N, tokens, width]
    private Tensor Stem(Tensor pixelValues)
    {
        Tensor x = pixelValues;
        for (int i = 0; i < _stem.Length; i++)
        {
            x = Convolution2d.Apply(x, _stem[i].Weight, _stem[i].Bias, _config.Stride, _config.Padding);
            x = i < _stem.Length - 1 ? x.hardswish_() : x;
        }

        return x.flatten(2).transpose(1, 2).contiguous();
    }

    private (Tensor Weight, Tensor Bias) Convolution(LevitFoldedLayer layer) => (
        _place.Put(layer.Weight, layer.Outputs, layer.Inputs / _config.KernelSize / _config.KernelSize, _config.KernelSize, _config.KernelSize),
        _place.Put(layer.Bias, layer.Outputs));

    private static IEnumerable<ILevitFusedLayer> Layers(WeightScope weights, LevitConfig config, int stage, LevitFusedPlace place)
    {
        LevitStageShape shape = LevitStageShape.Of(config)[stage];
        WeightScope layers = LevitEncoder.Layers(weights, stage);
        int layer = 0;
        WeightScope Next() => layers.In(layer++);
        for (int block = 0; block < shape.Depth; block++)
        {
            yield return new LevitFusedAttention(Next().In("module"), shape, place);
            if (shape.MlpRatio > 0)
            {
                yield return new LevitFusedMlp(Next().In("module"), shape.Width, shape.MlpRatio, place);
            }
        }

        if (stage < LevitConfig.StageCount - 1)
        {
            yield return new LevitFusedSubsample(Next(), LevitSubsampleShape.After(config, stage), place);
            yield return new LevitFusedMlp(Next().In("module"), config.HiddenSizes[stage + 1], LevitConfig.SubsampleMlpRatio, place);
        }
    }
}
