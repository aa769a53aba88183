using System.Runtime.Intrinsics;
using CsCheck;
using MLNetVision.Models.Common.Kernels;
using MLNetVision.Models.Levit.Kernels;

namespace MLNetVision.Tests.Levit.Kernels;

[TestClass]
public sealed unsafe class GemmKernelsTests
{
    /// <summary>Any sizes, pitches, runs and endings against a sum in double precision.</summary>
    [TestMethod]
    public void PackedPanels_AnySizes_EqualsTheDefinition() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 3], Gen.Int[1, 24], Gen.Int[0, 3], Gen.Bool, Gen.Bool)
            .Sample(
                (rows, outputs, runs, runLength, gap, hardswish, isResidual) => Check(rows, outputs, runs, runLength, gap, hardswish, isResidual),
                iter: 300, threads: 1);

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
            float actual = VectorMath.Exp(Vector512.Create(x))[7];
            Assert.AreEqual(1, actual / Math.Exp(x), 1e-6, $"e^{x}");
        }

        Assert.AreEqual(0, VectorMath.Exp(Vector512.Create(-1e30f))[0], 1e-37);
    }

    [TestMethod]
    public void Hardswish_AtAndBetweenItsKinks_EqualsTheDefinition()
    {
        foreach (float x in new[] { -1e9f, -4, -3, -1.5f, 0, 1, 3, 3.5f, 1e9f })
        {
            Assert.AreEqual(x * Math.Clamp(x + 3.0, 0, 6) / 6, GemmKernels.Hardswish(Vector512.Create(x))[3], Math.Abs(x) * 1e-6, $"{x}");
        }
    }

    [TestMethod]
    public void Team_AnyThreadsAndParts_DoesEachPartOnce()
    {
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var team = new KernelTeam(threads);
            for (int parts = 1; parts < 200; parts += 7)
            {
                var job = new CountingJob(parts, threads);
                team.Run(job, parts);
                Assert.IsTrue(job.Counts.All(count => count == 1), $"{threads} threads, {parts} parts");
            }
        }
    }

    private static void Check(int rows, int outputs, int runs, int runLength, int gap, bool hardswish, bool isResidual)
    {
        int inputs = runs * runLength;
        int runStride = runLength + gap;
        int aPitch = runs * runStride;
        var random = new Random(rows * 7919 + outputs);
        float Next() => (float)(random.NextDouble() * 2 - 1);
        float[] weight = [.. Enumerable.Range(0, outputs * inputs).Select(_ => Next())];
        float[] bias = [.. Enumerable.Range(0, outputs).Select(_ => Next())];
        using var matrix = new PackedPanels(runs, runLength, outputs, (output, k) => weight[output * inputs + k], output => bias[output]);
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
            Hardswish = hardswish,
            Residual = isResidual ? c.Pointer : null,
            ResidualPitch = matrix.OutputPitch,
        };
        int half = matrix.Panels / 2; // panels may be computed apart
        matrix.Multiply(tile, rows, 0, half);
        matrix.Multiply(tile, rows, half, matrix.Panels - half);
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

    private sealed class CountingJob(int parts, int threads) : IKernelJob
    {
        public int[] Counts { get; } = new int[parts];

        public void Run(int part, int worker)
        {
            Assert.IsTrue(worker >= 0 && worker < threads);
            Interlocked.Increment(ref Counts[part]);
        }
    }
}
