using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Tests.Imaging.Evaluations;

[TestClass]
public sealed class KeptRowsTests
{
    [TestMethod]
    public void SampleOf_ManyThings_DrawsFromAllOfThemInOrderAndAlwaysTheSame()
    {
        int[] first = Draw(), second = Draw();
        CollectionAssert.AreEqual(first, second);
        CollectionAssert.AreEqual(first.Order().ToArray(), first);
        Assert.HasCount(16, first.Distinct());
        Assert.IsTrue(first[0] < 500 && first[^1] >= 500, $"{string.Join(' ', first)}");

        static int[] Draw()
        {
            var sample = new SampleOf<int>(16);
            Enumerable.Range(0, 1000).ToList().ForEach(i => sample.Offer(() => i));
            return [.. sample.Ordered()];
        }
    }

    [TestMethod]
    public void SampleOf_ThingsThatAreNotDrawn_AreNotMade()
    {
        var sample = new SampleOf<int>(4);
        int made = 0;
        for (int i = 0; i < 10_000; i++)
        {
            sample.Offer(() => ++made);
        }

        Assert.IsTrue(made is > 4 and < 100, $"{made} of 10,000 were made");
        Assert.IsEmpty(new SampleOf<int>(0).Ordered());
    }

    [TestMethod]
    public void WorstOf_EqualOnes_KeepsTheFirst()
    {
        var worst = new WorstOf<string>(3);
        foreach ((double badness, string name) in new[] { (0.1, "a"), (0.5, "b"), (0.5, "c"), (0.2, "d"), (0.5, "e"), (0.9, "f") })
        {
            worst.Offer(badness, () => name);
        }

        CollectionAssert.AreEqual(new[] { "f", "b", "c" }, worst.Ordered().ToArray());
    }

    [TestMethod]
    public void SegmentConfusion_TrueSegments_AreTakenForWhatOverlapsThemTheMost()
    {
        var confusion = new SegmentConfusion(["cat", "dog", "owl"]);
        confusion.Add(
            [Box(0, 0, 10), Box(1, 20, 10), Box(2, 40, 10), Box(0, 60, 10) with { IsCrowd = true }],
            [Box(0, 0, 6, 0.9), Box(1, 0, 8, 0.3), Box(1, 20, 10, 0.9), Box(2, 20, 10, 0.95), Box(2, 40, 4, 0.9), Box(1, 60, 10, 0.9)]);
        ConfusionCounts counts = confusion.Compute();
        CollectionAssert.AreEqual(new long[] { 0, 1, 0 }, counts.Counts[0].ToArray(), "the larger overlap, whatever its score");
        CollectionAssert.AreEqual(new long[] { 0, 0, 1 }, counts.Counts[1].ToArray(), "of equal overlaps the surer one");
        CollectionAssert.AreEqual(new long[] { 0, 0, 1 }, counts.Unassigned.ToArray(), "0.4 is less than a half");
    }

    private static Segment Box(int label, int x, int width, double score = 1) =>
        new() { Class = label, Score = score, Mask = RunLengthMask.FromBox(new BoundingBox(x, 0, width, 10), 10, 100) };
}
