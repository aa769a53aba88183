using System.Runtime.Intrinsics;
using CsCheck;
using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Norm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Vectors;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Tests.Models.Common.Kernels;

[TestClass]
[TestCategory("Levels")]
public sealed unsafe class KernelTests
{
    [TestMethod]
    public void MatrixProduct_AnySizes_EqualsLinear() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 600], Gen.Int[1, 100], Gen.Bool, Gen.Int[0, 3]).Sample(
            (count, inputs, outputs, add, activation) =>
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                Tensor x = Random(1, count, inputs), weight = Random(2, outputs, inputs), bias = Random(3, outputs), target = Random(4, count, outputs);
                Tensor expected = F.linear(x, weight, bias);
                expected = (Activation)activation switch
                {
                    Activation.Relu => F.relu(expected),
                    Activation.Gelu => F.gelu(expected),
                    Activation.Silu => F.silu(expected),
                    _ => expected,
                };
                expected = add ? expected + target : expected;
                using var packed = PackedPanels.From([.. weight.data<float>()], [.. bias.data<float>()]);
                Tensor parallel = target.clone();
                MatrixProduct.Compute(count, Of(x), packed, Of(parallel), (Activation)activation, add);
                MatrixProduct.ComputeHere(count, Of(x), packed, Of(target), (Activation)activation, add);
                AssertClose(expected, target, 1e-5 * inputs);
                AssertClose(expected, parallel, 1e-5 * inputs);
            },
            iter: 60, seed: "0000KernelTest", threads: 1);

    [TestMethod]
    public void Exp_WholeRange_IsExactToRounding()
    {
        for (float x = -90; x < 88; x += 0.0137f)
        {
            double expected = Math.Exp(x), actual = VectorMath.Exp(Vector256.Create(x))[3];
            Assert.AreEqual(expected, actual, x < -87 ? 1.3e-38 : 3e-7 * expected, $"{x}");
        }

        Assert.AreEqual(0, VectorMath.Exp(Vector256.Create(float.NegativeInfinity))[0]);
        Assert.AreEqual(1, VectorMath.Exp(Vector256<float>.Zero)[0]);
    }

    [TestMethod]
    public void Gelu_WholeRange_EqualsTorch()
    {
        using var scope = NewDisposeScope();
        Tensor x = linspace(-12, 12, 4801);
        float[] expected = [.. F.gelu(x).data<float>()], inputs = [.. x.data<float>()];
        for (int i = 0; i < inputs.Length; i++)
        {
            Assert.AreEqual(expected[i], VectorMath.Gelu(Vector256.Create(inputs[i]))[7], 8e-7 * Math.Max(1, Math.Abs(expected[i])), $"{inputs[i]}");
        }
    }

    [TestMethod]
    public void AttentionHead_AnySizes_EqualsTorch() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 300], Gen.Int[1, 40]).Sample(
            (queries, keys, channels) =>
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                int stride = AttentionPacking.Panels(keys) * GemmKernels.PanelColumns;
                Tensor q = Random(1, queries, channels), k = Random(2, keys, channels), v = Random(3, keys, channels), bias = Random(4, queries, stride);
                Tensor expected = (q.matmul(k.t()) + bias.narrow(1, 0, keys)).softmax(-1).matmul(v);
                using var packedKeys = new NativeBuffer(AttentionPacking.KeyLength(keys, channels));
                using var packedValues = new NativeBuffer(AttentionPacking.ValueLength(keys, channels));
                for (int panel = 0; panel < AttentionPacking.Panels(keys); panel++)
                {
                    AttentionPacking.PackKeyPanel(TensorMemory.Address<float>(k), channels, keys, channels, panel, packedKeys.Pointer);
                }

                AttentionPacking.PackValues(TensorMemory.Address<float>(v), channels, 0, keys, keys, channels, packedValues.Pointer);
                Tensor actual = zeros(queries, channels);
                new AttentionHead(
                    (nint)TensorMemory.Address<float>(q), channels, queries, (nint)packedKeys.Pointer, (nint)packedValues.Pointer, keys, channels,
                    (nint)TensorMemory.Address<float>(bias), 0, stride, (nint)TensorMemory.Address<float>(actual), channels).Compute();
                AssertClose(expected, actual, 2e-5);
            },
            iter: 40, seed: "0000KernelTest", threads: 1);

    [TestMethod]
    [DataRow(1)]
    [DataRow(37)]
    [DataRow(256)]
    [DataRow(700)]
    public void LayerNormKernel_AnyLength_EqualsTorch(int length)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var norm = nn.LayerNorm(length);
        norm.weight!.copy_(Random(1, length));
        norm.bias!.copy_(Random(2, length));
        using var kernel = new LayerNormKernel([.. norm.weight!.data<float>()], [.. norm.bias!.data<float>()], (float)norm.eps);
        Tensor x = Random(3, 5, length);
        Tensor expected = norm.call(x);
        kernel.Apply(TensorMemory.Address<float>(x), 5);
        AssertClose(expected, x, 1e-5);
    }

    [TestMethod]
    public void BufferPool_Returned_IsLentAgain()
    {
        using var pool = new BufferPool();
        nint first;
        using (BufferPool.Lease lease = pool.Rent(5000))
        {
            first = (nint)lease.Pointer;
        }

        using BufferPool.Lease again = pool.Rent(4800), other = pool.Rent(4800);
        Assert.AreEqual(first, (nint)again.Pointer);
        Assert.AreNotEqual(first, (nint)other.Pointer);
        Assert.AreEqual(9800, pool.PeakFloats);
    }

    private static Rows Of(Tensor matrix) => new(TensorMemory.Address<float>(matrix), (int)matrix.shape[1]);

    private static Tensor Random(ulong seed, params long[] shape) => rand(shape, generator: new Generator(seed)) * 2 - 1;

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        double difference = (expected - actual).abs().max().item<float>();
        Assert.IsTrue(difference <= tolerance, $"differs by {difference}");
    }
}
