using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>Where the rows of a product come from; a source may gather, add or normalise while it copies.</summary>
internal unsafe interface IRowSource
{
    /// <summary>Writes a row in chunks of <see cref="MatrixKernel.Chunk"/>, a <see cref="MatrixKernel.ChunkStride"/> apart.</summary>
    void Copy(int row, float* target);
}

/// <summary>Where the rows of a product go.</summary>
internal unsafe interface IRowTarget
{
    /// <summary>The address of 32 columns of a row, the first of which is given; null for a row that nobody needs.</summary>
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
    private const int Width = PackedMatrix.PanelWidth;
    private const int MaxRowFloats = 96 * 1024; // packed rows of a piece of work: they stay in the second-level cache

    /// <summary>Computes on as many threads as torch uses.</summary>
    public static void Compute<TSource, TTarget>(
        int count, TSource source, PackedMatrix weights, TTarget target, Activation activation = Activation.None, bool addToTarget = false)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int threads = TorchSharp.torch.get_num_threads();
        int blocks = Blocks(count);
        int blocksPerPiece = Math.Clamp(MaxRowFloats / MatrixKernel.BlockLength(weights.Inputs), 1, Math.Max(1, blocks / (4 * threads)));
        int rowPieces = (blocks + blocksPerPiece - 1) / blocksPerPiece;
        int columnPieces = threads == 1 ? 1 : Math.Clamp(4 * threads / rowPieces, 1, weights.Panels);
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
        int count, TSource source, PackedMatrix weights, TTarget target, Activation activation = Activation.None, bool addToTarget = false)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int blocks = Blocks(count), blocksPerPiece = Math.Max(1, MaxRowFloats / MatrixKernel.BlockLength(weights.Inputs));
        for (int first = 0; first < blocks; first += blocksPerPiece)
        {
            Piece(count, source, weights, target, activation, addToTarget, (first, Math.Min(blocks, first + blocksPerPiece)), (0, weights.Panels));
        }
    }

    private static int Blocks(int count) => (count + MatrixKernel.Rows - 1) / MatrixKernel.Rows;

    private static void Piece<TSource, TTarget>(
        int count, TSource source, PackedMatrix weights, TTarget target, Activation activation, bool addToTarget,
        (int First, int Last) blocks, (int First, int Last) panels)
        where TSource : struct, IRowSource
        where TTarget : struct, IRowTarget
    {
        int blockLength = MatrixKernel.BlockLength(weights.Inputs);
        float* rows = ThreadScratch.Get(Scratch.PackedRows, (long)(blocks.Last - blocks.First) * blockLength);
        float* sums = stackalloc float[MatrixKernel.Rows * Width + 16];
        sums = (float*)(((nint)sums + 63) & ~63);
        for (int row = blocks.First * MatrixKernel.Rows; row < Math.Min(count, blocks.Last * MatrixKernel.Rows); row++)
        {
            int block = row / MatrixKernel.Rows - blocks.First;
            source.Copy(row, rows + (long)block * blockLength + row % MatrixKernel.Rows * MatrixKernel.RowStride);
        }

        for (int panel = panels.First; panel < panels.Last; panel++)
        {
            int column = panel * Width, columns = Math.Min(Width, weights.Outputs - column);
            for (int block = blocks.First; block < blocks.Last; block++)
            {
                MatrixKernel.Multiply(rows + (long)(block - blocks.First) * blockLength, weights.Panel(panel), weights.Inputs, sums);
                int firstRow = block * MatrixKernel.Rows, used = Math.Min(MatrixKernel.Rows, count - firstRow);
                for (int row = 0; row < used; row++)
                {
                    float* to = target.At(firstRow + row, column);
                    if (to == null)
                    {
                        continue;
                    }

                    if (columns == Width)
                    {
                        Write(sums + row * Width, weights.Bias + column, to, activation, addToTarget);
                    }
                    else
                    {
                        WritePart(sums + row * Width, weights.Bias + column, to, columns, activation, addToTarget);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(float* sums, float* bias, float* target, Activation activation, bool addToTarget)
    {
        for (int i = 0; i < Width; i += 16)
        {
            Vector512<float> value = Vector512.Load(sums + i) + Vector512.Load(bias + i);
            value = activation switch
            {
                Activation.Relu => Vector512.Max(value, Vector512<float>.Zero),
                Activation.Gelu => VectorMath.Gelu(value),
                Activation.Silu => value / (VectorMath.Exp(-value) + Vector512<float>.One),
                _ => value,
            };
            Vector512.Store(addToTarget ? value + Vector512.Load(target + i) : value, target + i);
        }
    }

    /// <summary>A panel that is filled up: finished apart, then what is real is copied.</summary>
    private static void WritePart(float* sums, float* bias, float* target, int columns, Activation activation, bool addToTarget)
    {
        float* whole = stackalloc float[Width];
        new Span<float>(whole, Width).Clear();
        new Span<float>(target, columns).CopyTo(new Span<float>(whole, Width));
        Write(sums, bias, whole, activation, addToTarget);
        new Span<float>(whole, columns).CopyTo(new Span<float>(target, columns));
    }
}
