using System.Runtime.Intrinsics;
using CsCheck;
using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Vectors;

namespace MLNetVision.Tests.Models.Common.Kernels.Gemm;

[TestClass]
[TestCategory("Levels")]
public sealed unsafe class GemmKernelsTests
{
    /// <summary>Any sizes, pitches, runs and endings against a sum in double precision.</summary>
    [TestMethod]
    public void PackedPanels_AnySizes_EqualsTheDefinition() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 3], Gen.Int[1, 24], Gen.Int[0, 3], Gen.Bool, Gen.Bool)
            .Sample(
                (rows, outputs, runs, runLength, gap, hardswish, isResidual) => Check(rows, outputs, runs, runLength, gap, hardswish, isResidual),
                iter: 300, threads: 1);

    /// <summary>The same in bfloat16, of numbers that it holds exactly; only a single run may have an odd length.</summary>
    [TestMethod]
    public void PackedPanels_AnySizesInBFloat16_EqualsTheDefinition() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 3], Gen.Int[1, 24], Gen.Int[0, 3], Gen.Bool, Gen.Bool)
            .Sample(
                (rows, outputs, runs, runLength, gap, hardswish, isResidual) =>
                    Check(rows, outputs, runs, runs == 1 ? runLength : 2 * runLength, gap, hardswish, isResidual, ScoringPrecision.BFloat16),
                iter: 300, threads: 1);

    [TestMethod]
    public void PackedPanels_OddRunsInBFloat16_AreAnError() =>
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Check(3, 5, 2, 7, 0, false, false, ScoringPrecision.BFloat16)).Message, "7");

    [TestMethod]
    [DataRow(196, 256, 1, 128)]
    [DataRow(230, 48, 3, 48)]
    [DataRow(16, 1000, 1, 384)]
    public void PackedPanels_SizesOfLevit_EqualsTheDefinition(int rows, int outputs, int runs, int runLength) =>
        Check(rows, outputs, runs, runLength, gap: 0, hardswish: true, isResidual: true);

    [TestMethod]
    public void Exp_OfNonPositiveNumbers_IsAccurate()
    {
        for (float x = 0; x > -87; x = x * 1.01f - 1e-4f)
        {
            float actual = VectorMath.Exp(Vector256.Create(x))[5];
            Assert.AreEqual(1, actual / Math.Exp(x), 1e-6, $"e^{x}");
        }

        Assert.AreEqual(0, VectorMath.Exp(Vector256.Create(-1e30f))[0], 1e-37);
    }

    [TestMethod]
    public void Hardswish_AtAndBetweenItsKinks_EqualsTheDefinition()
    {
        foreach (float x in new[] { -1e9f, -4, -3, -1.5f, 0, 1, 3, 3.5f, 1e9f })
        {
            double expected = x * Math.Clamp(x + 3.0, 0, 6) / 6;
            Assert.AreEqual(expected, GemmKernels.Hardswish(Vector256.Create(x))[3], Math.Abs(x) * 1e-6, $"{x}");
            Assert.AreEqual(expected, GemmKernels.Hardswish(Vector512.Create(x))[3], Math.Abs(x) * 1e-6, $"{x}");
        }
    }

    private delegate void Tile(in GemmTile tile);

    /// <summary>Every tile, whatever the processor has, against one fused multiply-add per k in order: to the bit.</summary>
    [TestMethod]
    [DataRow(1, 1, 0)]
    [DataRow(1, 100, 0)]
    [DataRow(3, 5, 4)]
    public void Tiles_EveryShape_GiveTheSameBits(int runs, int runLength, int gap)
    {
        (Tile Compute, int Rows, int Columns)[] tiles =
        [
            (GemmKernels.Rows4Columns16, 4, 16), (GemmKernels.Rows6Columns16, 6, 16),
            (GemmKernels.Rows8Columns16, 8, 16), (GemmKernels.Rows8Columns32, 8, 32),
            (GemmKernels.Rows14Columns16, 14, 16), (GemmKernels.Rows14Columns32, 14, 32),
        ];
        foreach ((Tile compute, int rows, int columns) in tiles)
        {
            foreach (int wanted in new[] { rows, rows - 1, 1 })
            {
                CheckBits(compute, rows, wanted, columns, (runs, runLength, gap));
            }
        }
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(16)]
    [DataRow(208)]
    public void SoftmaxRow_WithBlockedPlaces_GivesNumeratorsAndTheirSum(int length)
    {
        using var row = new NativeBuffer(length);
        double[] scores = [.. Enumerable.Range(0, length).Select(i => i % 3 == 2 ? double.NegativeInfinity : i * 37 % 50 - 20)];
        for (int i = 0; i < length; i++)
        {
            row.Pointer[i] = (float)scores[i];
        }

        double largest = scores.Max(), sum = SoftmaxRow.Exponentiate(row.Pointer, length);
        Assert.AreEqual(scores.Sum(score => Math.Exp(score - largest)), sum, 1e-5 * sum);
        for (int i = 0; i < length; i++)
        {
            Assert.AreEqual(Math.Exp(scores[i] - largest), row.Pointer[i], 1e-6, $"{i}");
        }
    }

    private static void CheckBits(Tile compute, int rows, int wanted, int columns, (int Count, int Length, int Gap) runs)
    {
        int inputs = runs.Count * runs.Length, stride = runs.Length + runs.Gap, pitch = runs.Count * stride;
        using NativeBuffer a = Filled(rows * pitch, 1), b = Filled(inputs * columns, 2), start = Filled(rows * columns, 3), scale = Filled(rows, 4), residual = Filled(rows * columns, 5);
        using NativeBuffer c = ZeroedBuffer.Allocate(rows * columns);
        compute(new GemmTile
        {
            A = a.Pointer,
            APitch = pitch,
            Runs = runs.Count,
            RunStride = stride,
            RunLength = runs.Length,
            B = b.Pointer,
            Start = start.Pointer,
            StartPitch = columns,
            Scale = scale.Pointer,
            Residual = residual.Pointer,
            ResidualPitch = columns,
            C = c.Pointer,
            CPitch = columns,
            Rows = wanted,
        });
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = start.Pointer[row * columns + column];
                for (int k = 0; k < inputs; k++)
                {
                    sum = MathF.FusedMultiplyAdd(a.Pointer[row * pitch + k / runs.Length * stride + k % runs.Length], b.Pointer[k * columns + column], sum);
                }

                float expected = row < wanted ? (float)(sum * scale.Pointer[row]) + residual.Pointer[row * columns + column] : 0;
                Assert.AreEqual(expected, c.Pointer[row * columns + column], $"{rows} x {columns}, {wanted} wanted: row {row}, column {column}");
            }
        }
    }

    private static NativeBuffer Filled(int length, int seed)
    {
        var random = new Random(seed);
        var buffer = new NativeBuffer(length);
        for (int i = 0; i < length; i++)
        {
            buffer.Pointer[i] = (float)(random.NextDouble() * 2 - 1);
        }

        return buffer;
    }

    private static void Check(int rows, int outputs, int runs, int runLength, int gap, bool hardswish, bool isResidual, ScoringPrecision precision = ScoringPrecision.Single)
    {
        int inputs = runs * runLength;
        int runStride = runLength + gap;
        int aPitch = runs * runStride;
        var random = new Random(rows * 7919 + outputs);
        float Next()
        {
            var value = (float)(random.NextDouble() * 2 - 1);
            return precision == ScoringPrecision.Single ? value : BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
        }

        float[] weight = [.. Enumerable.Range(0, outputs * inputs).Select(_ => Next())];
        float[] bias = [.. Enumerable.Range(0, outputs).Select(_ => Next())];
        using var matrix = new PackedPanels(runs, runLength, outputs, (output, k) => weight[output * inputs + k], output => bias[output], precision);
        using var a = ZeroedBuffer.Allocate((rows + GemmKernels.ReadableRows) * (long)aPitch);
        using var c = ZeroedBuffer.Allocate(rows * (long)matrix.OutputPitch);
        for (int i = 0; i < a.Length; i++)
        {
            a.Pointer[i] = Next();
        }

        float[] residual = [.. Enumerable.Range(0, (int)c.Length).Select(_ => Next())];
        residual.CopyTo(new Span<float>(c.Pointer, residual.Length));
        var tile = new GemmTile
        {
            A = a.Pointer,
            APitch = aPitch,
            RunStride = runStride,
            C = c.Pointer,
            CPitch = matrix.OutputPitch,
            Rows = rows,
            Hardswish = hardswish,
            Residual = isResidual ? c.Pointer : null,
            ResidualPitch = matrix.OutputPitch,
        };
        int half = matrix.Panels / 2; // panels may be computed apart
        matrix.Multiply(in tile, 0, half);
        matrix.Multiply(in tile, half, matrix.Panels - half);
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = bias[output];
                for (int k = 0; k < inputs; k++)
                {
                    sum += (double)a.Pointer[row * aPitch + k / runLength * runStride + k % runLength] * weight[output * inputs + k];
                }

                sum = hardswish ? sum * Math.Clamp(sum + 3, 0, 6) / 6 : sum;
                int index = row * matrix.OutputPitch + output;
                Assert.AreEqual(sum + (isResidual ? residual[index] : 0), c.Pointer[index], 1e-5 * Math.Sqrt(inputs + 10), $"row {row}, output {output}");
            }
        }
    }
}
