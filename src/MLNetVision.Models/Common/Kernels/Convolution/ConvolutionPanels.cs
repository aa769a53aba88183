using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>Packs a convolution's weights as the right side of a product with patches.</summary>
internal static unsafe class ConvolutionPanels
{
    /// <summary>For an output: rows are (kernel row, kernel column, input), columns the outputs.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    public static PackedPanels ForOutput(ConvolutionShape shape, float* weight, float* bias)
    {
        var panels = new PackedPanels(runs: 1, shape.PatchLength, shape.Outputs);
        int taps = shape.Kernel * shape.Kernel;
        for (int panel = 0; panel < panels.Panels; panel++)
        {
            int first = panel * GemmKernels.PanelColumns, pitch = panels.Columns(panel), outputs = panels.Used(panel);
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
            new ReadOnlySpan<float>(bias, shape.Outputs).CopyTo(new Span<float>(panels.Bias(0), shape.Outputs));
        }

        return panels;
    }

    /// <summary>For an input's gradient: rows are (tap row, tap column, output), columns the inputs.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="rows">The kernel's rows that are used, in the order in which the patches have them.</param>
    /// <param name="columns">The kernel's columns, likewise.</param>
    public static PackedPanels ForInputGradient(ConvolutionShape shape, float* weight, int[] rows, int[] columns)
    {
        var panels = new PackedPanels(runs: 1, rows.Length * columns.Length * shape.Outputs, shape.Inputs);
        int taps = shape.Kernel * shape.Kernel;
        using ScratchLoan transposedLoan = ThreadScratch.Take(Scratch.Panels, shape.PatchLength, out float* transposed);
        for (int output = 0; output < shape.Outputs; output++)
        {
            LinearPacking.Transpose(weight + (long)output * shape.PatchLength, taps, shape.Inputs, taps, transposed, shape.Inputs);
            for (int tap = 0; tap < rows.Length * columns.Length; tap++)
            {
                float* source = transposed + (long)(rows[tap / columns.Length] * shape.Kernel + columns[tap % columns.Length]) * shape.Inputs;
                for (int panel = 0; panel < panels.Panels; panel++)
                {
                    new ReadOnlySpan<float>(source + panel * GemmKernels.PanelColumns, panels.Used(panel))
                        .CopyTo(new Span<float>(panels.Panel(panel) + ((long)tap * shape.Outputs + output) * panels.Columns(panel), panels.Used(panel)));
                }
            }
        }

        return panels;
    }
}
