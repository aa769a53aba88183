using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Kernels.Vectors;

namespace MLNetVision.Models.Common.Kernels.Products;

/// <summary>Where the rows of a product come from; a source may gather, add or normalise while it copies.</summary>
internal unsafe interface IRowSource
{
    /// <summary>Writes a row.</summary>
    void Copy(int row, float* target);
}

/// <summary>Where the rows of a product go.</summary>
internal unsafe interface IRowTarget
{
    /// <summary>The address of a panel's columns of a row, the first of which is given; null for a row that nobody needs.</summary>
    float* At(int row, int column);
}

/// <summary>What is done to the sums before they are written.</summary>
internal enum Activation
{
    None,
    Relu,
    Gelu,
    Silu,
}

/// <summary>
/// The product of rows with packed weights, plus bias, activated, and added to the target where it is a residual
/// connection.
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>From one copied row to the next: the gap keeps rows out of each other's cache sets.</summary>
    public static int RowPitch(int inputs) => inputs + 16;

    /// <summary>Computes on <see cref="KernelThreads"/>.</summary>
    public static void Compute<TSource, TTarget>(
        int count, TSource source, PackedPanels weights, TTarget target, Activation activation = Activation.None, bool addToTarget = false)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int threads = KernelThreads.Current;
        int blocks = Blocks(count);
        int blocksPerPiece = Math.Clamp(PieceSizes.CopiedFloats / (GemmKernels.BlockRows * RowPitch(weights.Inputs)), 1, Math.Max(1, blocks / (PieceSizes.PerThread * threads)));
        int rowPieces = (blocks + blocksPerPiece - 1) / blocksPerPiece;
        int columnPieces = threads == 1 ? 1 : Math.Clamp(PieceSizes.PerThread * threads / rowPieces, 1, weights.Panels);
        int panelsPerPiece = (weights.Panels + columnPieces - 1) / columnPieces;
        Workers.For(rowPieces * columnPieces, piece =>
        {
            int firstBlock = piece / columnPieces * blocksPerPiece, firstPanel = piece % columnPieces * panelsPerPiece;
            int lastBlock = Math.Min(blocks, firstBlock + blocksPerPiece), lastPanel = Math.Min(weights.Panels, firstPanel + panelsPerPiece);
            if (firstPanel < lastPanel)
            {
                Piece(count, source, weights, target, activation, addToTarget, (firstBlock, lastBlock), (firstPanel, lastPanel));
            }
        });
    }

    /// <summary>Computes on the calling thread, for work that is already spread over threads.</summary>
    public static void ComputeHere<TSource, TTarget>(
        int count, TSource source, PackedPanels weights, TTarget target, Activation activation = Activation.None, bool addToTarget = false)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int blocks = Blocks(count), blocksPerPiece = Math.Max(1, PieceSizes.CopiedFloats / (GemmKernels.BlockRows * RowPitch(weights.Inputs)));
        for (int first = 0; first < blocks; first += blocksPerPiece)
        {
            Piece(count, source, weights, target, activation, addToTarget, (first, Math.Min(blocks, first + blocksPerPiece)), (0, weights.Panels));
        }
    }

    private static int Blocks(int count) => (count + GemmKernels.BlockRows - 1) / GemmKernels.BlockRows;

    private static void Piece<TSource, TTarget>(
        int count, TSource source, PackedPanels weights, TTarget target, Activation activation, bool addToTarget,
        (int First, int Last) blocks, (int First, int Last) panels)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int first = blocks.First * GemmKernels.BlockRows, end = Math.Min(count, blocks.Last * GemmKernels.BlockRows);
        float* sums = stackalloc float[GemmKernels.BlockRows * GemmKernels.PanelColumns + 16];
        sums = (float*)(((nint)sums + 63) & ~63);
        var tile = new GemmTile { Runs = 1, C = sums };
        using ScratchLoan loan = CopyRows(source, weights, first, end, ref tile, out byte* rows, out nint rowBytes);
        for (int panel = panels.First; panel < panels.Last; panel++)
        {
            int column = panel * GemmKernels.PanelColumns, columns = weights.Columns(panel), used = weights.Used(panel);
            tile.B = weights.Panel(panel);
            tile.Start = weights.Bias(panel);
            tile.CPitch = columns;
            for (int block = first; block < end; block += GemmKernels.BlockRows)
            {
                tile.A = (float*)(rows + (block - first) * rowBytes);
                tile.Rows = Math.Min(GemmKernels.BlockRows, end - block);
                weights.Compute(in tile, columns);
                for (int row = 0; row < tile.Rows; row++)
                {
                    float* to = target.At(block + row, column);
                    if (to == null)
                    {
                        continue;
                    }

                    if (used == columns)
                    {
                        Write(sums + row * columns, to, columns, activation, addToTarget);
                    }
                    else
                    {
                        WritePart(sums + row * columns, to, columns, used, activation, addToTarget);
                    }
                }
            }
        }
    }

    /// <summary>Copies rows in the precision of the weights and lets a tile read them, until the loan is disposed of.</summary>
    private static ScratchLoan CopyRows<TSource>(
        TSource source, PackedPanels weights, int first, int end, ref GemmTile tile, out byte* rows, out nint rowBytes)
        where TSource : struct, IRowSource
    {
        int pitch = RowPitch(weights.Inputs);
        if (weights.Precision == ScoringPrecision.BFloat16)
        {
            using ScratchLoan wholeLoan = ThreadScratch.Take(Scratch.PackedRows, pitch, out float* whole);
            int roundedPitch = BFloat16Kernels.RowPitch(weights.Inputs);
            ScratchLoan roundedLoan = RoundedRows.Take((long)(end - first) * roundedPitch, out ushort* rounded);
            for (int row = first; row < end; row++)
            {
                source.Copy(row, whole);
                RoundedRows.Round(whole, rounded + (long)(row - first) * roundedPitch, weights.Inputs);
            }

            (tile.APitch, tile.RunLength) = (roundedPitch, RoundedRows.EvenLength(weights.Inputs));
            rowBytes = roundedPitch * sizeof(ushort);
            rows = (byte*)rounded;
            return roundedLoan;
        }

        ScratchLoan loan = ThreadScratch.Take(Scratch.PackedRows, (long)(end - first + GemmKernels.ReadableRows) * pitch, out float* copies);
        for (int row = first; row < end; row++)
        {
            source.Copy(row, copies + (long)(row - first) * pitch);
        }

        (tile.APitch, tile.RunLength) = (pitch, weights.Inputs);
        rowBytes = pitch * sizeof(float);
        rows = (byte*)copies;
        return loan;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* sums, float* target, int columns, Activation activation, bool addToTarget)
    {
        for (int i = 0; i < columns; i += Vector256<float>.Count)
        {
            Vector256<float> value = Vector256.Load(sums + i);
            value = activation switch
            {
                Activation.Relu => Vector256.Max(value, Vector256<float>.Zero),
                Activation.Gelu => VectorMath.Gelu(value),
                Activation.Silu => value / (VectorMath.Exp(-value) + Vector256<float>.One),
                _ => value,
            };
            Vector256.Store(addToTarget ? value + Vector256.Load(target + i) : value, target + i);
        }
    }

    /// <summary>A panel that is filled up: finished apart, then what is real is copied.</summary>
    private static void WritePart(float* sums, float* target, int columns, int used, Activation activation, bool addToTarget)
    {
        float* whole = stackalloc float[columns];
        new Span<float>(whole, columns).Clear();
        new Span<float>(target, used).CopyTo(new Span<float>(whole, columns));
        Write(sums, whole, columns, activation, addToTarget);
        new Span<float>(whole, used).CopyTo(new Span<float>(target, used));
    }
}
