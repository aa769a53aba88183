using MLNetVision.Models.Training.Segmentation.Points;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Points;

[TestClass]
public sealed class SeededPointSourceTests
{
    [TestMethod]
    public void Draw_ManyPoints_AreUniformInTheUnitSquare()
    {
        using var scope = NewDisposeScope();
        Tensor points = new SeededPointSource(1).Draw(default, 1, 100_000, CPU)[0];
        Assert.IsTrue(points.min().item<float>() >= 0 && points.max().item<float>() < 1);
        Tensor cells = (points * 4).floor().to(int64);
        Tensor counts = (cells.select(1, 0) * 4 + cells.select(1, 1)).bincount(null, 16).to(float64);
        double chiSquare = ((counts - 6250).square() / 6250).sum().item<double>();
        Assert.IsTrue(chiSquare < 45, $"{chiSquare}"); // 15 degrees of freedom: exceeded by chance once in 10,000
    }

    [TestMethod]
    public void Draw_FromASavedPosition_Continues()
    {
        using var scope = NewDisposeScope();
        var first = new SeededPointSource(7);
        first.Draw(default, 2, 5, CPU);
        var second = new SeededPointSource(7) { Position = first.Position };
        Assert.IsTrue(first.Draw(default, 3, 4, CPU).eq(second.Draw(default, 3, 4, CPU)).all().item<bool>());
    }

    [TestMethod]
    public void Draw_OtherSeed_GivesOtherPoints()
    {
        using var scope = NewDisposeScope();
        Tensor one = new SeededPointSource(1).Draw(default, 1, 1000, CPU), two = new SeededPointSource(2).Draw(default, 1, 1000, CPU);
        Assert.AreEqual(0, one.eq(two).any().item<bool>() ? 1 : 0);
    }
}
