using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>A strided convolution without bias and its BatchNorm.</summary>
internal sealed class LevitConvEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "convolution")]
    private readonly Convolution2d _convolution;

    [ComponentName(Name = "batch_norm")]
    private readonly BatchNorm2d _batchNorm;

    public LevitConvEmbeddings(int inputChannels, int outputChannels, LevitConfig config)
        : base(nameof(LevitConvEmbeddings))
    {
        _convolution = new Convolution2d(inputChannels, outputChannels, config.KernelSize, config.Stride, config.Padding, bias: false);
        _batchNorm = nn.BatchNorm2d(outputChannels);
        RegisterComponents();
    }

    /// <summary>The layer as one convolution with bias.</summary>
    public static LevitFoldedLayer Fold(WeightScope layer, int outputs, int inputs, int kernel) =>
        LevitFoldedLayer.Of(layer.In("convolution").Read("weight", outputs, inputs, kernel, kernel), layer.In("batch_norm"), outputs);

    public override Tensor forward(Tensor input) => BatchNormalization.Apply(_batchNorm, _convolution.call(input));
}
