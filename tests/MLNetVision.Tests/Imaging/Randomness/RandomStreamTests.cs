using CsCheck;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Tests.Imaging.Randomness;

[TestClass]
public sealed class RandomStreamTests
{
    private const int Count = 20000;

    [TestMethod]
    public void Stream_SameCoordinates_GivesTheSameNumbers() =>
        Gen.Select(Gen.Int, Gen.Int[0, 1000], Gen.Int[0, 100000]).Sample((seed, epoch, item) =>
            Assert.AreEqual(Stream(seed, epoch, item).NextBits(), Stream(seed, epoch, item).NextBits()));

    [TestMethod]
    public void Stream_NeighbouringCoordinates_GiveOtherNumbers()
    {
        ulong[] first = [.. from seed in Enumerable.Range(-5, 10) from epoch in Enumerable.Range(0, 20) from item in Enumerable.Range(0, 50) select Stream(seed, epoch, item).NextBits()];
        Assert.AreEqual(first.Length, first.Distinct().Count());
    }

    [TestMethod]
    public void NextDouble_ManyNumbers_AreUniform()
    {
        RandomStream random = Stream(1, 2, 3);
        double[] values = [.. Enumerable.Range(0, Count).Select(_ => random.NextDouble())];
        Assert.IsTrue(values.All(value => value is >= 0 and < 1));
        Assert.AreEqual(0.5, values.Average(), 0.01);
        Assert.AreEqual(1.0 / 12, Variance(values), 0.003);
    }

    [TestMethod]
    public void Gaussian_ManyNumbers_HaveMeanZeroAndVarianceOne()
    {
        RandomStream random = Stream(1, 2, 4);
        double[] values = [.. Enumerable.Range(0, Count).Select(_ => random.Gaussian())];
        Assert.AreEqual(0, values.Average(), 0.03);
        Assert.AreEqual(1, Variance(values), 0.04);
    }

    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.8)]
    [DataRow(1.0)]
    [DataRow(4.0)]
    public void Beta_ManyNumbers_HaveItsMeanAndVariance(double alpha)
    {
        RandomStream random = Stream(1, 2, 5);
        double[] values = [.. Enumerable.Range(0, Count).Select(_ => random.Beta(alpha))];
        Assert.IsTrue(values.All(value => value is >= 0 and <= 1));
        Assert.AreEqual(0.5, values.Average(), 0.015);
        Assert.AreEqual(1 / (4 * (2 * alpha + 1)), Variance(values), 0.006);
    }

    [TestMethod]
    public void Shuffle_AnyLength_IsAPermutation() => Gen.Int[0, 300].Sample(length =>
    {
        int[] items = [.. Enumerable.Range(0, length)];
        Stream(length, 0, 0).Shuffle(items.AsSpan());
        CollectionAssert.AreEquivalent(Enumerable.Range(0, length).ToArray(), items);
    });

    [TestMethod]
    public void Below_AnyCount_StaysBelow() => Gen.Select(Gen.Int, Gen.Int[1, int.MaxValue]).Sample((seed, count) =>
    {
        int value = Stream(seed, 0, 0).Below(count);
        Assert.IsTrue(value >= 0 && value < count);
    });

    private static RandomStream Stream(int seed, int epoch, int item) => new(seed, RandomPurpose.Augmentation, epoch, item);

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }
}
