using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>Copies of the rows of A in bfloat16, in memory of the running thread.</summary>
internal static unsafe class RoundedRows
{
    /// <summary>Lets a tile of floats read a rounded copy of its rows, until the loan is disposed of.</summary>
    /// <exception cref="NotSupportedException">Runs that overlap have an odd length: their pairs would not be the weights'.</exception>
    public static ScratchLoan Replace(ref GemmTile tile)
    {
        if (tile.Runs == 1 && tile.APitch >= tile.RunLength)
        {
            int length = (int)tile.RunLength, pitch = BFloat16Kernels.RowPitch(length);
            ScratchLoan loan = Take((long)tile.Rows * pitch, out ushort* rows);
            for (int row = 0; row < tile.Rows; row++)
            {
                Round(tile.A + row * tile.APitch, rows + (long)row * pitch, length);
            }

            tile.A = (float*)rows;
            (tile.APitch, tile.RunLength) = (pitch, EvenLength(length));
            return loan;
        }

        if (tile.RunLength % 2 != 0)
        {
            throw new NotSupportedException($"Expected runs of even length for bfloat16, got {tile.RunLength}.");
        }

        // Rows overlap, as a convolution's do: a line is copied once.
        int lineLength = (int)((tile.Rows - 1) * tile.APitch + tile.RunLength), linePitch = BFloat16Kernels.RowPitch(lineLength);
        ScratchLoan linesLoan = Take((long)tile.Runs * linePitch, out ushort* lines);
        for (int run = 0; run < tile.Runs; run++)
        {
            BFloat16Kernels.Round(tile.A + run * tile.RunStride, lines + (long)run * linePitch, lineLength);
        }

        tile.A = (float*)lines;
        tile.RunStride = linePitch;
        return linesLoan;
    }

    /// <summary>Rounds a row; one of odd length gets a zero behind it.</summary>
    public static void Round(float* source, ushort* target, int length)
    {
        BFloat16Kernels.Round(source, target, length);
        if (length % 2 != 0)
        {
            target[length] = 0;
        }
    }

    /// <summary>The numbers of a row in whole pairs.</summary>
    public static int EvenLength(int length) => (length + 1) / 2 * 2;

    /// <summary>Memory for rounded rows.</summary>
    public static ScratchLoan Take(long length, out ushort* rows)
    {
        ScratchLoan loan = ThreadScratch.Take(Scratch.RoundedRows, (length + 1) / 2, out float* memory);
        rows = (ushort*)memory;
        return loan;
    }
}
