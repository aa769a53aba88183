using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>
/// The weights of a linear layer in the order in which <see cref="MatrixKernel"/> reads them: panels of 32 outputs,
/// each panel input by input, the last one filled up with zeros. The bias is filled up likewise.
/// </summary>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>The outputs of a panel.</summary>
    public const int PanelWidth = 32;

    private readonly NativeBuffer _panels;
    private readonly NativeBuffer _bias;

    /// <param name="weight">(outputs, inputs), on any device, of any floating type.</param>
    /// <param name="bias">(outputs), or null for zeros.</param>
    public PackedMatrix(Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Outputs = (int)weight.shape[0];
        Inputs = (int)weight.shape[1];
        int panels = (Outputs + PanelWidth - 1) / PanelWidth;
        _panels = new NativeBuffer((long)panels * PanelWidth * Inputs);
        _bias = new NativeBuffer((long)panels * PanelWidth);

        Tensor filled = zeros((long)panels * PanelWidth, Inputs);
        filled.narrow(0, 0, Outputs).copy_(weight);
        Copy(filled.view(panels, PanelWidth, Inputs).transpose(1, 2).contiguous(), _panels);
        Tensor filledBias = zeros((long)panels * PanelWidth);
        if (bias is not null)
        {
            filledBias.narrow(0, 0, Outputs).copy_(bias);
        }

        Copy(filledBias, _bias);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Panels => (int)(_bias.Length / PanelWidth);

    public float* Bias => _bias.Pointer;

    public float* Panel(int index) => _panels.Pointer + (long)index * PanelWidth * Inputs;

    public void Dispose()
    {
        _panels.Dispose();
        _bias.Dispose();
    }

    private static void Copy(Tensor tensor, NativeBuffer target) => tensor.data<float>().CopyTo(target.Span);
}
