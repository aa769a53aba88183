using MLNetVision.Models.Training.Optimization;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Optimization;

[TestClass]
public sealed class GradientNormTests
{
    [TestMethod]
    [DoNotParallelize] // 200 MB
    public void SumOfSquares_FiftyMillionGradients_IsThatOfFloat64()
    {
        const int Count = 50_000_000, Piece = 1 << 20;
        using Tensor gradients = empty(Count).uniform_(-1, 1, new Generator(1));
        double expected = 0;
        for (int first = 0; first < Count; first += Piece)
        {
            using var scope = NewDisposeScope();
            expected += gradients.narrow(0, first, Math.Min(Piece, Count - first)).to(float64).square().sum().item<double>();
        }

        Assert.AreEqual(1, GradientNorm.SumOfSquares([gradients]) / expected, 1e-12);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(100_003)]
    public void SumOfSquares_AnyLengthAndType_IsThatOfFloat64(int count)
    {
        using var scope = NewDisposeScope();
        Tensor gradients = randn(count, generator: new Generator(2));
        double expected = gradients.to(float64).square().sum().item<double>();
        Assert.AreEqual(expected, GradientNorm.SumOfSquares([gradients]), 1e-12 * expected);
        Tensor halves = gradients.to(bfloat16);
        expected = halves.to(float64).square().sum().item<double>();
        Assert.AreEqual(expected, GradientNorm.SumOfSquares([halves]), 1e-6 * expected);
    }

    [TestMethod]
    public void Norm_AGradientThatIsNotFinite_IsNotFinite()
    {
        using var scope = NewDisposeScope();
        foreach (float value in new[] { float.NaN, float.PositiveInfinity })
        {
            Assert.IsFalse(double.IsFinite(GradientNorm.SumOfSquares([tensor(new[] { 1, value, 2 })])));
        }

        Assert.AreEqual(1e38, Math.Sqrt(GradientNorm.SumOfSquares([tensor(new[] { 1e38f })])), 1e31); // its square overflows a float32
    }
}
