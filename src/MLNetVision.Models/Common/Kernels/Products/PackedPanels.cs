using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>
/// The weights and the bias of a linear layer or convolution, packed once into the panels that <see cref="GemmKernels"/>
/// reads: for each k the weights of <see cref="GemmKernels.PanelColumns"/> outputs. In bfloat16, for each pair of k the
/// pairs of weights of these outputs; a run of odd length is filled up with a weight of zero.
/// </summary>
/// <remarks>
/// The outputs are padded to a multiple of 16 with zero weights and zero bias, so a row of results has
/// <see cref="OutputPitch"/> elements, of which the last ones are hardswish(0) = 0 or the residual.
/// </remarks>
internal sealed unsafe class PackedPanels : IDisposable
{
    /// <summary>Rows of A that are multiplied with one panel after the other, so that they stay in the second-level cache.</summary>
    private readonly NativeBuffer _panels;
    private readonly NativeBuffer _bias;
    private readonly int _runs;
    private readonly int _runLength;

    /// <summary>The elements of a panel for each of its columns: inputs, or pairs of them, each of the size of a float.</summary>
    private readonly int _steps;

    /// <param name="runs">The runs of <see cref="GemmTile"/>.</param>
    /// <param name="runLength">The elements of a run.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="weight">The weight of an output for the k-th input, k = run · runLength + element.</param>
    /// <param name="bias">The bias of an output.</param>
    /// <param name="precision">In which numbers the products are computed.</param>
    public PackedPanels(
        int runs, int runLength, int outputs, Func<int, int, float> weight, Func<int, float> bias, ScoringPrecision precision = ScoringPrecision.Single)
        : this(runs, runLength, outputs, precision)
    {
        int runSteps = RunSteps(runLength, precision);
        for (int output = 0; output < outputs; output++)
        {
            _bias.Pointer[output] = bias(output);
            int panel = output / GemmKernels.PanelColumns;
            float* column = Panel(panel) + output % GemmKernels.PanelColumns;
            int columns = Columns(panel);
            for (int k = 0; k < Inputs; k++)
            {
                float value = weight(output, k);
                if (precision == ScoringPrecision.BFloat16)
                {
                    (int run, int element) = (k / runLength, k % runLength);
                    float* pair = column + ((long)run * runSteps + element / 2) * columns;
                    BFloat16Kernels.Round(&value, (ushort*)pair + element % 2, 1);
                }
                else
                {
                    column[(long)k * columns] = value;
                }
            }
        }
    }

    /// <summary>Makes panels of zeros, with a bias of zeros, for the caller to fill.</summary>
    /// <param name="runs">The runs of <see cref="GemmTile"/>.</param>
    /// <param name="runLength">The elements of a run.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="precision">In which numbers the products are computed.</param>
    public PackedPanels(int runs, int runLength, int outputs, ScoringPrecision precision = ScoringPrecision.Single)
    {
        (_runs, _runLength, Outputs, Precision) = (runs, runLength, outputs, precision);
        OutputPitch = Pad(outputs);
        _steps = runs * RunSteps(runLength, precision);
        _panels = ZeroedBuffer.Allocate((long)_steps * OutputPitch);
        _bias = ZeroedBuffer.Allocate(OutputPitch);
    }

    /// <summary>In which numbers the products are computed.</summary>
    public ScoringPrecision Precision { get; }

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>The number of inputs.</summary>
    public int Inputs => _runs * _runLength;

    /// <summary>The elements of a row of results.</summary>
    public int OutputPitch { get; }

    /// <summary>The number of panels.</summary>
    public int Panels => (OutputPitch + GemmKernels.PanelColumns - 1) / GemmKernels.PanelColumns;

    /// <summary>A length padded to whole vectors.</summary>
    public static int Pad(int length) => (length + 15) / 16 * 16;

    /// <summary>Packs a linear layer.</summary>
    /// <param name="weight">(outputs, inputs).</param>
    /// <param name="bias">(outputs).</param>
    /// <param name="precision">In which numbers the products are computed.</param>
    public static PackedPanels From(float[] weight, float[] bias, ScoringPrecision precision = ScoringPrecision.Single)
    {
        int inputs = weight.Length / bias.Length;
        return new PackedPanels(runs: 1, inputs, bias.Length, (output, k) => weight[(long)output * inputs + k], output => bias[output], precision);
    }

    /// <summary>A panel's weights.</summary>
    public float* Panel(int panel) => _panels.Pointer + (long)panel * GemmKernels.PanelColumns * _steps;

    /// <summary>The columns of a panel, those that fill it up included.</summary>
    public int Columns(int panel) => Math.Min(GemmKernels.PanelColumns, OutputPitch - panel * GemmKernels.PanelColumns);

    /// <summary>The columns of a panel that are outputs.</summary>
    public int Used(int panel) => Math.Min(GemmKernels.PanelColumns, Outputs - panel * GemmKernels.PanelColumns);

    /// <summary>The bias of a panel's outputs.</summary>
    public float* Bias(int panel) => _bias.Pointer + panel * GemmKernels.PanelColumns;

    /// <summary>Computes rows and panels of the product.</summary>
    /// <param name="product">A, its pitch and run stride, C and its pitch, residual, hardswish: all for the first row and column 0; the rows.</param>
    /// <param name="firstPanel">The first panel.</param>
    /// <param name="panels">The panels.</param>
    public void Multiply(in GemmTile product, int firstPanel, int panels)
    {
        for (int row = 0; row < product.Rows; row += PieceSizes.PanelRows)
        {
            GemmTile block = product;
            (block.Runs, block.RunLength, block.StartPitch) = (_runs, _runLength, 0);
            block.Rows = Math.Min(PieceSizes.PanelRows, product.Rows - row);
            block.A = product.A + row * product.APitch;
            using ScratchLoan rounded = Precision == ScoringPrecision.BFloat16 ? RoundedRows.Replace(ref block) : default;

            for (int panel = firstPanel; panel < firstPanel + panels; panel++)
            {
                int column = panel * GemmKernels.PanelColumns;
                block.B = Panel(panel);
                block.Start = Bias(panel);
                block.C = product.C + row * product.CPitch + column;
                block.Residual = product.Residual == null ? null : product.Residual + row * product.ResidualPitch + column;
                Compute(in block, Columns(panel));
            }
        }
    }

    /// <summary>Computes rows of one panel in the precision of the weights, in which A is already.</summary>
    public void Compute(in GemmTile product, int columns)
    {
        if (Precision == ScoringPrecision.BFloat16)
        {
            BFloat16Kernels.Compute(in product, columns);
        }
        else
        {
            GemmKernels.Compute(in product, columns);
        }
    }

    public void Dispose()
    {
        _panels.Dispose();
        _bias.Dispose();
    }

    private static int RunSteps(int runLength, ScoringPrecision precision) => precision == ScoringPrecision.BFloat16 ? (runLength + 1) / 2 : runLength;
}
