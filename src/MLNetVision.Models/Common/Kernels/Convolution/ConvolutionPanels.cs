using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>A convolution's weights as the right side of a product with patches, in the panels that <see cref="GemmKernels"/> reads, and what the sums start with.</summary>
internal sealed unsafe class ConvolutionPanels : IDisposable
{
    private readonly NativeBuffer _panels;
    private readonly NativeBuffer _starts;

    private ConvolutionPanels(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        int pitch = PackedPanels.Pad(columns);
        _panels = ZeroedBuffer.Allocate((long)rows * pitch);
        _starts = ZeroedBuffer.Allocate(pitch);
    }

    /// <summary>The elements of a patch.</summary>
    public int Rows { get; }

    /// <summary>The channels of the result.</summary>
    public int Columns { get; }

    /// <summary>The number of panels.</summary>
    public int Count => (Columns + GemmKernels.PanelColumns - 1) / GemmKernels.PanelColumns;

    /// <summary>For an output: rows are (kernel row, kernel column, input), columns the outputs.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    public static ConvolutionPanels ForOutput(ConvolutionShape shape, float* weight, float* bias)
    {
        var panels = new ConvolutionPanels(shape.PatchLength, shape.Outputs);
        int taps = shape.Kernel * shape.Kernel;
        for (int panel = 0; panel < panels.Count; panel++)
        {
            int first = panel * GemmKernels.PanelColumns, pitch = panels.Pitch(panel), outputs = panels.Used(panel);
            using ScratchLoan transposedLoan = ThreadScratch.Take(Scratch.Panels, (long)shape.PatchLength * outputs, out float* transposed);
            LinearPacking.Transpose(weight + (long)first * shape.PatchLength, shape.PatchLength, outputs, shape.PatchLength, transposed, outputs);
            for (int row = 0; row < shape.PatchLength; row++)
            {
                (int tap, int input) = Math.DivRem(row, shape.Inputs);
                new ReadOnlySpan<float>(transposed + (long)(input * taps + tap) * outputs, outputs).CopyTo(new Span<float>(panels.Panel(panel) + (long)row * pitch, outputs));
            }
        }

        if (bias != null)
        {
            new ReadOnlySpan<float>(bias, shape.Outputs).CopyTo(new Span<float>(panels._starts.Pointer, shape.Outputs));
        }

        return panels;
    }

    /// <summary>For an input's gradient: rows are (tap row, tap column, output), columns the inputs.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="rows">The kernel's rows that are used, in the order in which the patches have them.</param>
    /// <param name="columns">The kernel's columns, likewise.</param>
    public static ConvolutionPanels ForInputGradient(ConvolutionShape shape, float* weight, int[] rows, int[] columns)
    {
        var panels = new ConvolutionPanels(rows.Length * columns.Length * shape.Outputs, shape.Inputs);
        int taps = shape.Kernel * shape.Kernel;
        using ScratchLoan transposedLoan = ThreadScratch.Take(Scratch.Panels, shape.PatchLength, out float* transposed);
        for (int output = 0; output < shape.Outputs; output++)
        {
            LinearPacking.Transpose(weight + (long)output * shape.PatchLength, taps, shape.Inputs, taps, transposed, shape.Inputs);
            for (int tap = 0; tap < rows.Length * columns.Length; tap++)
            {
                float* source = transposed + (long)(rows[tap / columns.Length] * shape.Kernel + columns[tap % columns.Length]) * shape.Inputs;
                for (int panel = 0; panel < panels.Count; panel++)
                {
                    new ReadOnlySpan<float>(source + panel * GemmKernels.PanelColumns, panels.Used(panel))
                        .CopyTo(new Span<float>(panels.Panel(panel) + ((long)tap * shape.Outputs + output) * panels.Pitch(panel), panels.Used(panel)));
                }
            }
        }

        return panels;
    }

    /// <summary>A panel.</summary>
    public float* Panel(int panel) => _panels.Pointer + (long)panel * GemmKernels.PanelColumns * Rows;

    /// <summary>What the sums of a panel's columns start with.</summary>
    public float* Start(int panel) => _starts.Pointer + panel * GemmKernels.PanelColumns;

    /// <summary>From a row of a panel to the next: its columns, those that fill it up included.</summary>
    public int Pitch(int panel) => Math.Min(GemmKernels.PanelColumns, PackedPanels.Pad(Columns) - panel * GemmKernels.PanelColumns);

    /// <summary>The columns of a panel that are wanted.</summary>
    public int Used(int panel) => Math.Min(GemmKernels.PanelColumns, Columns - panel * GemmKernels.PanelColumns);

    public void Dispose()
    {
        _panels.Dispose();
        _starts.Dispose();
    }
}
