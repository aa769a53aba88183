namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>The sizes of a convolution with one kernel side, stride and padding for both axes.</summary>
/// <param name="Batch">The images.</param>
/// <param name="Inputs">The channels of the input.</param>
/// <param name="Outputs">The channels of the output.</param>
/// <param name="Height">The rows of the input.</param>
/// <param name="Width">The columns of the input.</param>
/// <param name="Kernel">The kernel's side.</param>
/// <param name="Stride">From one output pixel to the next, in input pixels.</param>
/// <param name="Padding">The zeros around the input.</param>
internal sealed record ConvolutionShape(int Batch, int Inputs, int Outputs, int Height, int Width, int Kernel, int Stride, int Padding)
{
    /// <summary>The rows of the output.</summary>
    public int OutputHeight => Steps(Height);

    /// <summary>The columns of the output.</summary>
    public int OutputWidth => Steps(Width);

    /// <summary>The weights of an output: inputs · kernel².</summary>
    public int PatchLength => Inputs * Kernel * Kernel;

    private int Steps(int side) => (side + 2 * Padding - Kernel) / Stride + 1;
}
