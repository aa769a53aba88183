using MLNetVision.Models.Common.Kernels.Convolution;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Common.Layers.Kernels;

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
    /// <param name="x">(batch, inputs, height, width).</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="stride">From one output pixel to the next.</param>
    /// <param name="padding">The zeros around the input.</param>
    /// <returns>(batch, outputs, height, width).</returns>
    /// <exception cref="ArgumentException">The input's channels are not the weight's, the input is smaller than the kernel, or types or devices differ.</exception>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        if (x.device.type != DeviceType.CPU)
        {
            return F.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding]);
        }

        long[] map = x.shape, kernel = weight.shape;
        if (map.Length != 4 || map[1] != kernel[1] || map[2] + 2 * padding < kernel[2] || map[3] + 2 * padding < kernel[3])
        {
            throw new ArgumentException(
                $"Expected maps of shape (batch, {kernel[1]}, height, width) whose sides are at least {kernel[2] - 2 * padding}, got ({string.Join(", ", map)}).", nameof(x));
        }

        CheckParameter("weights", weight, x, nameof(weight));
        if (bias is not null)
        {
            CheckParameter("biases", bias, x, nameof(bias));
        }

        using var scope = NewDisposeScope();
        bool apart = padding == 0 && stride == kernel[2]; // patches neither overlap nor leave pixels out
        Tensor output = x.dtype switch
        {
            _ when apart => OfPatchesApart(x, weight, bias, stride),
            ScalarType.Float32 => TrainedConvolution.Apply(x, weight, bias, stride, padding),
            ScalarType.Float64 => OfUnfoldedPatches(x, weight, bias, stride, padding),
            _ => TrainedConvolution.Apply(x.to(float32), weight.to(float32), bias?.to(float32), stride, padding).to(x.dtype), // as torch, which sums in float32
        };
        return output.MoveToOuterDisposeScope();
    }

    // The kernels read memory as what the input is.
    private static void CheckParameter(string what, Tensor parameter, Tensor x, string name)
    {
        SameDevice.Check(what, parameter, "maps", x, name);
        if (parameter.dtype != x.dtype)
        {
            throw new ArgumentException($"Expected {what} of the maps' type, {x.dtype}, got {parameter.dtype}.", name);
        }
    }

    // Each patch is a row of a linear layer's input.
    private static Tensor OfPatchesApart(Tensor x, Tensor weight, Tensor? bias, int side)
    {
        long height = x.shape[2] / side, width = x.shape[3] / side;
        Tensor cut = x.narrow(2, 0, height * side).narrow(3, 0, width * side);
        Tensor patches = cut.reshape(x.shape[0], x.shape[1], height, side, width, side).permute(0, 2, 4, 1, 3, 5).flatten(3);
        return TrainedLinear.Apply(patches, weight.flatten(1), bias).permute(0, 3, 1, 2);
    }

    // For a type that the kernels do not know: the same product in torch's operators, none of which is a convolution.
    private static Tensor OfUnfoldedPatches(Tensor x, Tensor weight, Tensor? bias, int stride, int padding)
    {
        long kernel = weight.shape[2];
        long Steps(long side) => (side + 2 * padding - kernel) / stride + 1;
        Tensor patches = F.unfold(x, kernel, dilation: 1, padding: padding, stride: stride).transpose(1, 2); // (batch, pixels, inputs · kernel²)
        return F.linear(patches, weight.flatten(1), bias).transpose(1, 2).unflatten(2, Steps(x.shape[2]), Steps(x.shape[3]));
    }
}
