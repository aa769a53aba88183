using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Gemm;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Kernels.BFloat16;

[TestClass]
[TestCategory("Levels")]
public sealed unsafe class BFloat16KernelsTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(31)]
    [DataRow(32)]
    [DataRow(117)]
    public void Round_AnyFloats_EqualsTorch(int length)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] special = [0, -0f, 1, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 1 + 1 / 256f, 1 + 3 / 256f, -1 - 1 / 256f, 1 + 1 / 256f + 1e-7f];
        float[] values = [.. (randn(length, generator: new Generator(1)) * 100).data<float>()];
        special.AsSpan(0, Math.Min(length, special.Length)).CopyTo(values);
        float[] expected = [.. tensor(values).to(bfloat16).to(float32).data<float>()];

        ushort[] rounded = Rounded(values);

        CollectionAssert.AreEqual(expected, rounded.Select(Widened).ToArray());
    }

    [TestMethod]
    public void Round_NaN_StaysNaN()
    {
        // A payload in the lower half alone would round to infinity or wrap around to zero.
        uint[] payloads = [0x7F800001, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF];
        float[] values = [.. Enumerable.Range(0, 40).Select(i => BitConverter.UInt32BitsToSingle(payloads[i % payloads.Length]))];
        Assert.IsTrue(Rounded(values).All(value => float.IsNaN(Widened(value))));
    }

    /// <summary>Every size of tile, in machine code where the processor has it, against the portable kernel: to the bit.</summary>
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 64)]
    [DataRow(3, 7)]
    public void Compute_EverySizeOfTile_GivesThePortableBits(int runs, int pairs)
    {
        for (int rows = 1; rows <= BFloat16Code.MaxRows + 3; rows++)
        {
            foreach (int columns in new[] { 16, 32 })
            {
                CheckBits(rows, columns, runs, pairs);
            }
        }
    }

    [TestMethod]
    public void Compute_InfinityAndNaN_SpreadAsInFloats()
    {
        ushort infinity = Rounded([float.PositiveInfinity])[0], notANumber = Rounded([float.NaN])[0], one = Rounded([1])[0];
        ushort[] a = [infinity, one, notANumber, one], b = new ushort[2 * 16];
        Array.Fill(b, one);
        var start = new float[16];
        var sums = new float[2 * 16];
        fixed (ushort* left = a, right = b)
        fixed (float* begin = start, result = sums)
        {
            var tile = new GemmTile { A = (float*)left, APitch = 2, Runs = 1, RunLength = 2, B = (float*)right, Start = begin, C = result, CPitch = 16, Rows = 2 };
            BFloat16Kernels.Compute(in tile, 16);
        }

        Assert.IsTrue(sums.Take(16).All(float.IsPositiveInfinity));
        Assert.IsTrue(sums.Skip(16).All(float.IsNaN));
    }

    /// <summary>The bytes are those of the GNU assembler, which writes short displacements where this one does not.</summary>
    [TestMethod]
    public void Assembler_OneOfEachInstruction_EncodesIt()
    {
        Check("62F2764852C2", code => code.AddDotProduct(0, 1, 2));
        Check("62020E4052DD", code => code.AddDotProduct(27, 30, 29));
        Check("62F27F48728800000000", code => code.RoundToBFloat16(1, 0, new Address(Register.Rax)));
        Check("62227D4858B44A00010000", code => code.Broadcast(30, new Address(Register.Rdx, Register.R9, 2, 0x100)));
        Check("62417C4810A300010000", code => code.LoadVector(28, new Address(Register.R11, Displacement: 0x100)));
        Check("62E17C48118800010000", code => code.StoreVector(new Address(Register.Rax, Displacement: 0x100), 17));
        Check("4C8B8700010000", code => code.Move(Register.R8, new Address(Register.Rdi, Displacement: 0x100)));
        Check("4F8D8C4000010000", code => code.LoadAddress(Register.R9, new Address(Register.R8, Register.R8, 2, 0x100)));
        Check("48899100010000", code => code.Store(new Address(Register.Rcx, Displacement: 0x100), Register.Rdx));
        Check("4981C345230100", code => code.Add(Register.R11, 0x12345));
        Check("48038700010000", code => code.Add(Register.Rax, new Address(Register.Rdi, Displacement: 0x100)));
        Check("48FF8900010000", code => code.Decrement(new Address(Register.Rcx, Displacement: 0x100)));
        Check("0F85FAFFFFFF", code => code.JumpIfNotZero(0));
        Check("C5F877C3", code =>
        {
            code.ClearUpper();
            code.Return();
        });

        static void Check(string expected, Action<Avx512Assembler> emit)
        {
            var assembler = new Avx512Assembler();
            emit(assembler);
            Assert.AreEqual(expected, Convert.ToHexString(assembler.ToArray()));
        }
    }

    private static void CheckBits(int rows, int columns, int runs, int pairs)
    {
        int runLength = 2 * pairs, stride = runLength + 6, pitch = runs * stride;
        float[] left = Random(rows * pitch, 1), right = Random(runs * runLength * columns, 2), start = Random(columns, 3), residual = Random(rows * columns, 4), scale = Random(rows, 5);
        float[] actual = new float[rows * columns], expected = new float[rows * columns], finished = new float[rows * columns];
        fixed (ushort* a = Rounded(left), b = Rounded(right))
        fixed (float* begin = start, result = actual, sums = expected, scales = scale, added = residual, final = finished)
        {
            var tile = new GemmTile
            {
                A = (float*)a, APitch = pitch, Runs = runs, RunStride = stride, RunLength = runLength, B = (float*)b, Start = begin, C = result, CPitch = columns, Rows = rows,
            };
            BFloat16Kernels.Compute(in tile, columns);
            var portable = new BFloat16Tile
            {
                A = a, APitch = pitch * sizeof(ushort), Runs = runs, RunStride = stride * sizeof(ushort), RunPairs = pairs, B = b, Start = begin, C = sums, CPitch = columns * sizeof(float),
            };
            BFloat16Kernels.ComputePortably(in portable, rows, columns);
            tile.ResidualPitch = columns;
            tile.C = final;
            tile.Scale = scales;
            tile.Residual = added;
            BFloat16Kernels.Compute(in tile, columns);
        }

        CollectionAssert.AreEqual(expected, actual, $"{rows} x {columns}");
        for (int i = 0; i < finished.Length; i++)
        {
            Assert.AreEqual(expected[i] * scale[i / columns] + residual[i], finished[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])), $"{rows} x {columns}: {i}");
        }
    }

    private static ushort[] Rounded(float[] values)
    {
        var rounded = new ushort[values.Length];
        fixed (float* source = values)
        fixed (ushort* target = rounded)
        {
            BFloat16Kernels.Round(source, target, values.Length);
        }

        return rounded;
    }

    private static float Widened(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    private static float[] Random(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}
