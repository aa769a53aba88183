using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class TensorNumbersTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.Float64)]
    [DataRow(ScalarType.BFloat16)]
    public void Arithmetic_OfFloats_IsTorchs(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor a = randn(50, generator: new Generator(1)).to(type), b = randn(50, generator: new Generator(2)).to(type), c = b.abs() + 1;
        AssertSame(a + b, a.Plus(b));
        AssertSame(a + 0.3, a.Plus(0.3));
        AssertSame(a - 3, a.Minus(3));
        AssertSame(1 - a, a.OneMinus());
        AssertSame(a * 0.3, a.Times(0.3));
        AssertSame(a / 0.3, a.Over(0.3));
        AssertSame(a + b, a.clone().Add(b));
        AssertSame(a.clone().add_(b, 0.3), a.clone().Add(b, 0.3));
        AssertSame(a.clone().add_(0.3), a.clone().Add(0.3));
        AssertSame(a.clone().mul_(0.3), a.clone().Scale(0.3));
        AssertSame(a.clone().div_(0.3), a.clone().Divide(0.3));
        AssertSame(a.clone().addcmul_(b, c, 0.3), a.clone().AddProduct(b, c, 0.3));
        AssertSame(addcmul(a, b, c, 1), a.PlusProduct(b, c));
        AssertSame(a.clone().addcdiv_(b, c, 0.3), a.clone().AddQuotient(b, c, 0.3));
        AssertSame(full_like(a, 0.3), a.clone().Fill(0.3));
        AssertSame(zeros_like(a), a.clone().Clear());
        AssertSame(a.masked_fill(b > 0, double.NegativeInfinity), a.FilledWhere(b > 0, double.NegativeInfinity));
        AssertSame(a.clamp_min(0.3), a.AtLeast(0.3));
        AssertSame(a < 0.3, a.IsBelow(0.3));
        AssertSame(a < 0, a.IsNegative());
        AssertSame(a >= 0.3, a.IsAtLeast(0.3));
        AssertSame(nn.functional.leaky_relu(a, 0.01), a.LeakyRelu(0.01));
        Assert.AreEqual(a[7].to(float64).item<double>(), a[7].ToNumber());
    }

    [TestMethod]
    public void Arithmetic_OfIntegers_StaysOfIntegers()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(new long[] { -3, 0, 5, 1L << 60 });
        AssertSame(a + 3, a.Plus(3L));
        AssertSame(a - 3, a.Minus(3));
        AssertSame(a * 3, a.Times(3L));
        AssertSame(a * 3, a.clone().Scale(3L));
        AssertSame(a + 1, a.clone().Increment());
        AssertSame(a.clamp(0, 4), a.Within(0, 4));
        AssertSame(a.eq(0), a.IsZero());
        AssertSame(a.ne(0), a.IsNotZero());
        AssertSame(a < 5, a.IsBelow(5L));
        AssertSame(arange(3, 8), TensorNumbers.Range(3, 5, ScalarType.Int64));
        AssertSame(full([2, 3], 7, ScalarType.Byte), TensorNumbers.Filled([2, 3], 7, ScalarType.Byte));
        Assert.AreEqual((1L << 60) + 2, a.sum().ToWholeNumber());
        Assert.IsTrue(a.eq(0).any().IsTrue());
        Assert.IsFalse(a.eq(0).all().IsTrue());
    }

    [TestMethod]
    public void Softplus_AnyInput_IsTorchsWithItsGradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = linspace(-90, 90, 3001).requires_grad_(), same = x.detach().requires_grad_();
        Tensor expected = nn.functional.softplus(x), actual = same.Softplus();
        Assert.IsTrue(actual.allclose(expected, 1e-6, 1e-7));
        expected.sum().backward();
        actual.sum().backward();
        Assert.IsTrue(same.grad!.allclose(x.grad!, 1e-6, 1e-7));
    }

    private static void AssertSame(Tensor expected, Tensor actual, [CallerArgumentExpression(nameof(actual))] string? name = null)
    {
        Assert.AreEqual(expected.dtype, actual.dtype, name);
        Assert.IsTrue(expected.equal(actual).all().item<bool>(), name);
    }
}
