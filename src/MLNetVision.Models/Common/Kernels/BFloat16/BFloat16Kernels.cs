using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Gemm;

namespace MLNetVision.Models.Common.Kernels.BFloat16;

/// <summary>
/// Products of bfloat16 matrices with sums of 32 bits: what <see cref="GemmKernels"/> is for single precision. Each
/// element is its start and then for each pair of k one multiply-add of the second and one of the first number, as
/// VDPBF16PS does it; the portable kernel gives the same sums, unless numbers are so small that the instruction takes
/// them for zero (below 2⁻¹²⁶).
/// </summary>
internal static unsafe class BFloat16Kernels
{
    /// <summary>
    /// Whether the processor multiplies pairs of bfloat16 and the system lets it. What the system lets is known once numbers were
    /// rounded or multiplied: the question alone assembles no code.
    /// </summary>
    public static bool IsFast => BFloat16Code.IsSupported && (!BFloat16Code.WasAssembled || Machine.Code is not null);

    /// <summary>From a row of rounded numbers to the next: whole cache lines, and a gap that keeps rows out of each other's cache sets.</summary>
    public static int RowPitch(int length) => (length + 31) / 32 * 32 + 32;

    /// <summary>Rounds floats to the nearest bfloat16, ties to even; a NaN stays one.</summary>
    public static void Round(float* source, ushort* target, int length)
    {
        int done = 0;
        BFloat16Code? code = Machine.Code;
        if (code is not null && length >= BFloat16Code.RoundedAtOnce)
        {
            done = length / BFloat16Code.RoundedAtOnce * BFloat16Code.RoundedAtOnce;
            code.Round(source, target, done / BFloat16Code.RoundedAtOnce);
        }

        for (; done + Vector256<ushort>.Count <= length; done += Vector256<ushort>.Count)
        {
            Vector256<uint> low = Rounded(Vector256.Load(source + done)), high = Rounded(Vector256.Load(source + done + Vector256<float>.Count));
            Vector256.Narrow(low, high).Store(target + done);
        }

        for (; done < length; done++)
        {
            target[done] = (ushort)Rounded(Vector256.CreateScalar(source[done]))[0];
        }
    }

    /// <summary>Computes any number of rows of one panel.</summary>
    /// <param name="product">The rows; A and B are the addresses of bfloat16, the length of a run counts numbers and is even, the start is the same for all rows.</param>
    /// <param name="columns">The columns of the panel: <see cref="GemmKernels.PanelColumns"/> or 16.</param>
    public static void Compute(in GemmTile product, int columns)
    {
        BFloat16Code? code = Machine.Code;
        float* sums = stackalloc float[BFloat16Code.MaxRows * columns];
        bool isFinished = product is { Scale: null, Hardswish: false, Residual: null };
        for (int row = 0, rows; row < product.Rows; row += rows)
        {
            rows = Math.Min(BFloat16Code.MaxRows, product.Rows - row);
            float* target = product.C + row * product.CPitch;
            var tile = new BFloat16Tile
            {
                A = (ushort*)product.A + row * product.APitch,
                APitch = product.APitch * sizeof(ushort),
                RunStride = product.RunStride * sizeof(ushort),
                RunPairs = product.RunLength / 2,
                Runs = product.Runs,
                B = (ushort*)product.B,
                Start = product.Start,
                C = isFinished ? target : sums,
                CPitch = (isFinished ? product.CPitch : columns) * sizeof(float),
            };
            if (code is not null)
            {
                code.Compute(&tile, rows, columns);
            }
            else
            {
                ComputePortably(in tile, rows, columns);
            }

            for (int i = 0; !isFinished && i < rows; i++)
            {
                Finish(in product, row + i, sums + i * columns, target + i * product.CPitch, columns);
            }
        }
    }

    /// <summary>What the machine code computes, without it.</summary>
    internal static void ComputePortably(in BFloat16Tile tile, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            var sums = (float*)((byte*)tile.C + row * tile.CPitch);
            new ReadOnlySpan<float>(tile.Start, columns).CopyTo(new Span<float>(sums, columns));
            var b = (uint*)tile.B;
            for (nint run = 0; run < tile.Runs; run++)
            {
                var a = (ushort*)((byte*)tile.A + row * tile.APitch + run * tile.RunStride);
                for (nint pair = 0; pair < tile.RunPairs; pair++, b += columns)
                {
                    Vector256<float> first = Vector256.Create(BitConverter.UInt32BitsToSingle((uint)a[2 * pair] << 16));
                    Vector256<float> second = Vector256.Create(BitConverter.UInt32BitsToSingle((uint)a[2 * pair + 1] << 16));
                    for (int column = 0; column < columns; column += Vector256<float>.Count)
                    {
                        Vector256<uint> weights = Vector256.Load(b + column);
                        Vector256<float> sum = Vector256.FusedMultiplyAdd(second, (weights & Vector256.Create(0xFFFF0000u)).AsSingle(), Vector256.Load(sums + column));
                        Vector256.FusedMultiplyAdd(first, (weights << 16).AsSingle(), sum).Store(sums + column);
                    }
                }
            }
        }
    }

    /// <summary>The upper halves, in the lower ones, of floats rounded to them.</summary>
    private static Vector256<uint> Rounded(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32(), isEvenBelow = (bits >> 16) & Vector256<uint>.One;
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + isEvenBelow) >> 16;
        Vector256<uint> quietNaN = (bits >> 16) | Vector256.Create(0x40u);
        return Vector256.ConditionalSelect(Vector256.IsNaN(values).AsUInt32(), quietNaN, rounded);
    }

    /// <summary>The machine code, null where there is none.</summary>
    /// <remarks>The constructor that is written out makes it at the first use, not when a method that names it is compiled or loaded.</remarks>
    private static class Machine
    {
        public static readonly BFloat16Code? Code;

        static Machine() => Code = BFloat16Code.Assemble();
    }

    private static void Finish(in GemmTile product, int row, float* sums, float* target, int columns)
    {
        float scale = product.Scale == null ? 1 : product.Scale[row];
        float* residual = product.Residual == null ? null : product.Residual + row * product.ResidualPitch;
        for (int column = 0; column < columns; column += Vector512<float>.Count)
        {
            Vector512<float> sum = Vector512.Load(sums + column) * scale;
            sum = product.Hardswish ? GemmKernels.Hardswish(sum) : sum;
            sum = residual == null ? sum : sum + Vector512.Load(residual + column);
            sum.Store(target + column);
        }
    }
}
