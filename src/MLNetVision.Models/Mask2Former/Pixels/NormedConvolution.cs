using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Pixels;

/// <summary>A convolution that keeps the map's size and its group norm, under the keys "0" and "1" of the original's sequence.</summary>
internal sealed class NormedConvolution : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly Convolution2d _convolution;

    [ComponentName(Name = "1")]
    private readonly GroupNorm _norm;

    /// <param name="inputs">The channels of the input.</param>
    /// <param name="outputs">The channels of the output.</param>
    /// <param name="kernel">The kernel's side, odd.</param>
    /// <param name="bias">Whether the convolution has a bias.</param>
    public NormedConvolution(int inputs, int outputs, int kernel, bool bias)
        : base(nameof(NormedConvolution))
    {
        _convolution = new Convolution2d(inputs, outputs, kernel, padding: kernel / 2, bias: bias);
        _norm = nn.GroupNorm(Mask2FormerConfig.NormGroups, outputs);
        RegisterComponents();
    }

    public Convolution2d Convolution => _convolution;

    /// <param name="x">(batch, inputs, height, width).</param>
    /// <returns>(batch, outputs, height, width).</returns>
    public override Tensor forward(Tensor x) => _norm.Normalize(_convolution.call(x));
}
