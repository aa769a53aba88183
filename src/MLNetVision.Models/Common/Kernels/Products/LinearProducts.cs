using System.Runtime.Intrinsics;
using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>
/// The products of a linear layer in training, where weights change with every step: they are packed anew, a block at a time.
/// </summary>
/// <remarks>
/// Results do not depend on the number of threads: every element is summed in the same order by one of them. Inputs and outputs
/// must be multiples of <see cref="Multiple"/>.
/// </remarks>
internal static unsafe class LinearProducts
{
    /// <summary>What numbers of inputs and outputs must be multiples of.</summary>
    public const int Multiple = OuterProductKernel.Columns;

    private const int TileRows = OuterProductKernel.Rows;
    private const int RowsPerSum = 64; // rows that are added before their sum is: long sums lose digits

    /// <summary>Whether the products take a tensor's rows at this level, which must be the one for vectors of 512 bits.</summary>
    public static bool Supports(Tensor tensor) =>
        KernelLevels.UsesAvx512 && !GpuForm.IsFor(tensor) && tensor.dtype == ScalarType.Float32
        && tensor.shape[^1] % Multiple == 0 && tensor.is_contiguous();

    /// <summary>The output, x · Wᵀ + b.</summary>
    /// <param name="x">(rows, inputs).</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="weight">(outputs, inputs), contiguous.</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="y">(rows, outputs), written.</param>
    public static void Output(Rows x, int count, float* weight, float* bias, Rows y) =>
        Multiply(x, count, new PanelSource((nint)weight, x.Length, Transposed: true), (nint)bias, y, addToTarget: false);

    /// <summary>The input's gradient, dy · W.</summary>
    /// <param name="outputGradient">(rows, outputs).</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="weight">(outputs, inputs), contiguous.</param>
    /// <param name="inputGradient">(rows, inputs).</param>
    /// <param name="addToTarget">Whether the gradient is added to what is there.</param>
    public static void InputGradient(Rows outputGradient, int count, float* weight, Rows inputGradient, bool addToTarget = false) =>
        Multiply(outputGradient, count, new PanelSource((nint)weight, inputGradient.Length, Transposed: false), 0, inputGradient, addToTarget);

    /// <summary>The weight's gradient, dyᵀ · x.</summary>
    /// <param name="outputGradient">(rows, outputs).</param>
    /// <param name="x">(rows, inputs).</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="weightGradient">(outputs, inputs), contiguous.</param>
    /// <param name="addToTarget">Whether the gradient is added to what is there.</param>
    public static void WeightGradient(Rows outputGradient, Rows x, int count, float* weightGradient, bool addToTarget)
    {
        int panels = x.Length / Multiple, strips = (outputGradient.Length + TileRows - 1) / TileRows;
        int pieces = Math.Min(strips, Pieces(PieceSizes.PerThread));
        nint target = (nint)weightGradient;
        Workers.For(pieces, piece =>
        {
            (int firstStrip, int lastStrip) = (piece * strips / pieces, (piece + 1) * strips / pieces);
            using ScratchLoan columnsLoan = ThreadScratch.Take(Scratch.Panels, (long)PieceSizes.SummedRows * x.Length, out float* columns);
            using ScratchLoan stripLoan = ThreadScratch.Take(Scratch.PackedRows, (long)PieceSizes.SummedRows * TileRows, out float* strip);
            bool add = addToTarget;
            for (int row = 0; row < count; row += PieceSizes.SummedRows, add = true)
            {
                int length = Math.Min(PieceSizes.SummedRows, count - row);
                for (int panel = 0; panel < panels; panel++)
                {
                    LinearPacking.Panel(x.Row(row) + panel * Multiple, x.Stride, length, columns + (long)panel * length * Multiple);
                }

                for (int i = firstStrip; i < lastStrip; i++)
                {
                    int output = i * TileRows, outputs = Math.Min(TileRows, outputGradient.Length - output);
                    LinearPacking.Strip(outputGradient.Row(row) + output, outputGradient.Stride, length, outputs, strip);
                    for (int panel = 0; panel < panels; panel++)
                    {
                        OuterProductKernel.Compute(
                            strip, columns + (long)panel * length * Multiple, length,
                            (float*)target + (long)output * x.Length + panel * Multiple, x.Length, outputs, add);
                    }
                }
            }
        });
    }

    /// <summary>The bias's gradient, the sum of dy's rows.</summary>
    /// <param name="outputGradient">(rows, outputs).</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="biasGradient">(outputs).</param>
    /// <param name="addToTarget">Whether the gradient is added to what is there.</param>
    public static void BiasGradient(Rows outputGradient, int count, float* biasGradient, bool addToTarget)
    {
        for (int column = 0; column < outputGradient.Length; column += Multiple)
        {
            float* source = outputGradient.Row(0) + column, target = biasGradient + column;
            Vector512<float> left = addToTarget ? Vector512.Load(target) : default, right = addToTarget ? Vector512.Load(target + 16) : default;
            for (int first = 0; first < count; first += RowsPerSum)
            {
                Vector512<float> leftPart = default, rightPart = default;
                for (int row = first; row < Math.Min(count, first + RowsPerSum); row++, source += outputGradient.Stride)
                {
                    leftPart += Vector512.Load(source);
                    rightPart += Vector512.Load(source + 16);
                }

                left += leftPart;
                right += rightPart;
            }

            left.Store(target);
            right.Store(target + 16);
        }
    }

    private static int Pieces(int perThread)
    {
        int threads = KernelThreads.Current;
        return threads == 1 ? 1 : threads * perThread;
    }

    private static void Multiply(Rows a, int count, PanelSource b, nint bias, Rows c, bool addToTarget)
    {
        int panels = c.Length / Multiple, groups = (panels + PieceSizes.PanelsAtOnce - 1) / PieceSizes.PanelsAtOnce;
        int tiles = (count + TileRows - 1) / TileRows;
        int rowPieces = Math.Max(1, Math.Min(Pieces(PieceSizes.PerThread) / groups, tiles / 8));
        Workers.For(groups * rowPieces, piece =>
        {
            int group = piece / rowPieces, part = piece % rowPieces;
            (int first, int last) = (part * tiles / rowPieces * TileRows, Math.Min(count, (part + 1) * tiles / rowPieces * TileRows));
            Multiply(a, (first, last), b, bias, c, addToTarget, (group * PieceSizes.PanelsAtOnce, Math.Min(panels, (group + 1) * PieceSizes.PanelsAtOnce)));
        });
    }

    private static void Multiply(Rows a, (int First, int Last) range, PanelSource b, nint bias, Rows c, bool addToTarget, (int First, int Last) panels)
    {
        const int Pitch = PieceSizes.PanelInputs + 16; // the gap keeps rows out of each other's cache sets
        float* zeros = stackalloc float[Multiple];
        new Span<float>(zeros, Multiple).Clear();
        using ScratchLoan packedLoan = ThreadScratch.Take(Scratch.Panels, (long)PieceSizes.PanelsAtOnce * PieceSizes.PanelInputs * Multiple, out float* packed);
        using ScratchLoan rowsLoan = ThreadScratch.Take(Scratch.PackedRows, (long)(PieceSizes.PanelRows + TileRows) * Pitch, out float* rows);
        for (int input = 0; input < a.Length; input += PieceSizes.PanelInputs)
        {
            int inputs = Math.Min(PieceSizes.PanelInputs, a.Length - input);
            for (int panel = panels.First; panel < panels.Last; panel++)
            {
                b.Pack(panel * Multiple, input, inputs, packed + (long)(panel - panels.First) * PieceSizes.PanelInputs * Multiple);
            }

            for (int row = range.First; row < range.Last; row += PieceSizes.PanelRows)
            {
                int count = Math.Min(PieceSizes.PanelRows, range.Last - row);
                for (int i = 0; i < count; i++)
                {
                    new ReadOnlySpan<float>(a.Row(row + i) + input, inputs).CopyTo(new Span<float>(rows + i * Pitch, inputs));
                }

                var tile = new GemmTile { A = rows, APitch = Pitch, Runs = 1, RunLength = inputs, CPitch = c.Stride, Rows = count };
                for (int panel = panels.First; panel < panels.Last; panel++)
                {
                    tile.B = packed + (long)(panel - panels.First) * PieceSizes.PanelInputs * Multiple;
                    tile.C = c.At(row, panel * Multiple);
                    tile.Start = bias == 0 ? zeros : (float*)bias + panel * Multiple;
                    if (addToTarget || input > 0)
                    {
                        tile.Start = zeros;
                        tile.Residual = tile.C;
                        tile.ResidualPitch = c.Stride;
                    }

                    GemmKernels.Compute(in tile, Multiple);
                }
            }
        }
    }

    /// <summary>A layer's weight as the right side of a product.</summary>
    /// <param name="Weight">(outputs, inputs).</param>
    /// <param name="Inputs">The weight's inputs.</param>
    /// <param name="Transposed">Whether the product's columns are the outputs.</param>
    private readonly record struct PanelSource(nint Weight, int Inputs, bool Transposed)
    {
        /// <summary>Packs a part of a panel: for each k its columns.</summary>
        public void Pack(int column, int k, int length, float* target)
        {
            if (Transposed)
            {
                LinearPacking.TransposedPanel((float*)Weight + (long)column * Inputs + k, Inputs, length, target);
            }
            else
            {
                LinearPacking.Panel((float*)Weight + (long)k * Inputs + column, Inputs, length, target);
            }
        }
    }
}
