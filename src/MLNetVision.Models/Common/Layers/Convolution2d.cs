using MLNetVision.Models.Common.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers;

/// <summary>
/// A convolution with one kernel side, stride and padding for both axes, and the keys of torch's. On the CPU it is a product of
/// our own (<see cref="ConvolutionProducts"/>): libtorch's goes to oneDNN, which is wrong on some processors.
/// </summary>
internal sealed class Convolution2d : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    private readonly int _stride;
    private readonly int _padding;

    /// <summary>Builds a convolution whose weights are zero; whoever builds it draws them.</summary>
    public Convolution2d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, bool bias = true)
        : base(nameof(Convolution2d))
    {
        (_stride, _padding) = (stride, padding);
        _weight = nn.Parameter(zeros(outputs, inputs, kernel, kernel));
        _weight.DetachFromDisposeScope();
        if (bias)
        {
            _bias = nn.Parameter(zeros(outputs));
            _bias.DetachFromDisposeScope();
        }

        RegisterComponents();
    }

    /// <summary>(outputs, inputs, kernel, kernel).</summary>
    public Parameter Weight => _weight;

    /// <summary>(outputs), or null.</summary>
    public Parameter? Bias => _bias;

    /// <param name="x">(batch, inputs, height, width).</param>
    /// <returns>(batch, outputs, height, width), each side (side + 2 · padding - kernel) / stride + 1.</returns>
    public override Tensor forward(Tensor x) => Apply(x, _weight, _bias, _stride, _padding);

    /// <summary>Computes a convolution with given weights.</summary>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        if (x.device.type != DeviceType.CPU)
        {
            return F.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding]);
        }

        using var scope = NewDisposeScope();
        Tensor output = x.dtype switch
        {
            ScalarType.Float32 => TrainedConvolution.Apply(x, weight, bias, stride, padding),
            ScalarType.Float64 => ByOperators(x, weight, bias, stride, padding),
            _ => TrainedConvolution.Apply(x.to(float32), weight.to(float32), bias?.to(float32), stride, padding).to(x.dtype), // as torch, which sums in float32
        };
        return output.MoveToOuterDisposeScope();
    }

    // For types that the kernels do not know: the same product in torch's operators, none of which is a convolution.
    private static Tensor ByOperators(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        long kernel = weight.shape[2];
        long Steps(long side) => (side + 2 * padding - kernel) / stride + 1;
        Tensor patches = F.unfold(x, kernel, dilation: 1, padding: padding, stride: stride); // (batch, inputs · kernel², pixels)
        Tensor output = weight.flatten(1).matmul(patches);
        if (bias is not null)
        {
            output = output.add(bias.unsqueeze(1), 1);
        }

        return output.unflatten(2, Steps(x.shape[2]), Steps(x.shape[3]));
    }
}
