namespace MLNetVision.Models.Common.Kernels;

/// <summary>The left side of a product with patches, copied so that whole tiles can be read of it.</summary>
internal sealed unsafe class PatchWeights : IDisposable
{
    private readonly NativeBuffer _values;
    private readonly NativeBuffer _starts;

    /// <param name="outputs">The rows: channels of the result.</param>
    /// <param name="length">The columns: channels and taps of the patches.</param>
    public PatchWeights(int outputs, int length)
    {
        (Outputs, Length, Pitch) = (outputs, length, length + 16); // the gap keeps rows out of each other's cache sets
        _values = ZeroedBuffer.Allocate((long)(outputs + GemmKernels.ReadableRows) * Pitch);
        _starts = ZeroedBuffer.Allocate((long)(outputs + GemmKernels.ReadableRows) * GemmKernels.PanelColumns);
    }

    public int Outputs { get; }

    public int Length { get; }

    /// <summary>From one row to the next.</summary>
    public int Pitch { get; }

    /// <summary>The weights of an output.</summary>
    public float* Row(int output) => _values.Pointer + (long)output * Pitch;

    /// <summary>What the sums of an output start with, once for each column of a panel.</summary>
    public float* Start(int output) => _starts.Pointer + (long)output * GemmKernels.PanelColumns;

    /// <summary>A panel's columns of zeros.</summary>
    public float* Zeros => Start(Outputs);

    /// <summary>Copies a convolution's weight and bias.</summary>
    public static PatchWeights Of(ConvolutionShape shape, float* weight, float* bias)
    {
        var weights = new PatchWeights(shape.Outputs, shape.PatchLength);
        for (int output = 0; output < shape.Outputs; output++)
        {
            new ReadOnlySpan<float>(weight + (long)output * weights.Length, weights.Length).CopyTo(new Span<float>(weights.Row(output), weights.Length));
            if (bias != null)
            {
                new Span<float>(weights.Start(output), GemmKernels.PanelColumns).Fill(bias[output]);
            }
        }

        return weights;
    }

    public void Dispose()
    {
        _values.Dispose();
        _starts.Dispose();
    }
}
