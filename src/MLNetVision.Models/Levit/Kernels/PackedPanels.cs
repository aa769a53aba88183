using MLNetVision.Models.Common.Kernels;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>
/// The weights and the bias of a linear layer or convolution, packed once into the panels that the kernels read.
/// </summary>
/// <remarks>
/// The outputs are padded to a multiple of 16 with zero weights and zero bias, so a row of results has
/// <see cref="OutputPitch"/> elements, of which the last ones are hardswish(0) = 0 or the residual.
/// </remarks>
internal sealed unsafe class PackedPanels : IDisposable
{
    /// <summary>Rows of A that are multiplied with one panel after the other, so that they stay in the second-level cache.</summary>
    private const int BlockRows = 112;

    private readonly NativeBuffer _panels;
    private readonly NativeBuffer _bias;
    private readonly int _runs;
    private readonly int _runLength;

    /// <param name="runs">The runs of <see cref="GemmTile"/>.</param>
    /// <param name="runLength">The elements of a run.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="weight">The weight of an output for the k-th input, k = run · runLength + element.</param>
    /// <param name="bias">The bias of an output.</param>
    public PackedPanels(int runs, int runLength, int outputs, Func<int, int, float> weight, Func<int, float> bias)
    {
        (_runs, _runLength) = (runs, runLength);
        OutputPitch = Pad(outputs);
        int inputs = runs * runLength;
        _panels = ZeroedBuffer.Allocate((long)inputs * OutputPitch);
        _bias = ZeroedBuffer.Allocate(OutputPitch);
        for (int output = 0; output < outputs; output++)
        {
            _bias.Pointer[output] = bias(output);
            int panel = output / GemmKernels.PanelColumns;
            float* column = Panel(panel) + output % GemmKernels.PanelColumns;
            int columns = Columns(panel);
            for (int k = 0; k < inputs; k++)
            {
                column[(long)k * columns] = weight(output, k);
            }
        }
    }

    /// <summary>The elements of a row of results.</summary>
    public int OutputPitch { get; }

    /// <summary>The number of panels.</summary>
    public int Panels => (OutputPitch + GemmKernels.PanelColumns - 1) / GemmKernels.PanelColumns;

    /// <summary>A length padded to whole vectors.</summary>
    public static int Pad(int length) => (length + 15) / 16 * 16;

    /// <summary>Computes rows and panels of the product.</summary>
    /// <param name="tile">A, its pitch and run stride, C and its pitch, residual, hardswish: all for the first row and column 0.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="firstPanel">The first panel.</param>
    /// <param name="panels">The panels.</param>
    public void Multiply(GemmTile tile, int rows, int firstPanel, int panels)
    {
        tile.Runs = _runs;
        tile.RunLength = _runLength;
        for (int block = 0; block < rows; block += BlockRows)
        {
            int blockRows = Math.Min(BlockRows, rows - block);
            for (int panel = firstPanel; panel < firstPanel + panels; panel++)
            {
                MultiplyPanel(tile, block, blockRows, panel);
            }
        }
    }

    public void Dispose()
    {
        _panels.Dispose();
        _bias.Dispose();
    }

    private void MultiplyPanel(in GemmTile whole, int firstRow, int rows, int panel)
    {
        int column = panel * GemmKernels.PanelColumns;
        int columns = Columns(panel);
        GemmTile tile = whole;
        tile.B = Panel(panel);
        tile.Start = _bias.Pointer + column;
        tile.StartPitch = 0;
        for (int row = 0; row < rows; row += tile.Rows)
        {
            int tileRows = GemmKernels.TileRows(rows - row);
            tile.Rows = Math.Min(tileRows, rows - row);
            tile.A = whole.A + (firstRow + row) * whole.APitch;
            tile.C = whole.C + (firstRow + row) * whole.CPitch + column;
            tile.Residual = whole.Residual == null ? null : whole.Residual + (firstRow + row) * whole.ResidualPitch + column;
            GemmKernels.Compute(tileRows, columns, in tile);
        }
    }

    private float* Panel(int panel) => _panels.Pointer + (long)panel * GemmKernels.PanelColumns * _runs * _runLength;

    private int Columns(int panel) => Math.Min(GemmKernels.PanelColumns, OutputPitch - panel * GemmKernels.PanelColumns);
}
