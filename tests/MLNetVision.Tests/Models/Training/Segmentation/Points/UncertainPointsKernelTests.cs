using MLNetVision.Models.Training.Segmentation.Points.Kernels;

namespace MLNetVision.Tests.Models.Training.Segmentation.Points;

[TestClass]
[TestCategory("Levels")]
public sealed unsafe class UncertainPointsKernelTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(300)]
    [DataRow(1000)]
    public void Select_AnyCount_KeepsTheSmallestMagnitudesInOrder(int kept)
    {
        var random = new Random(4);
        float[] logits = [.. Enumerable.Range(0, 1000).Select(i => i % 7 == 0 ? 0.5f : (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 6))))];
        logits[3] = float.NaN;
        logits[4] = float.PositiveInfinity;
        logits[5] = -0f;
        int[] expected = [.. Enumerable.Range(0, logits.Length).OrderBy(i => float.IsNaN(logits[i]) ? 1 : 0).ThenBy(i => Math.Abs(logits[i])).ThenBy(i => i).Take(kept).Order()];
        CollectionAssert.AreEqual(expected, Select(logits, kept));
    }

    // A candidate's coordinates are its number.
    private static int[] Select(float[] logits, int kept)
    {
        float[] candidates = [.. Enumerable.Range(0, logits.Length).SelectMany(i => new float[] { i, -i })], target = new float[2 * kept];
        fixed (float* from = logits, places = candidates, to = target)
        {
            UncertainPointsKernel.Select(from, places, logits.Length, kept, to);
        }

        Assert.IsTrue(Enumerable.Range(0, kept).All(i => target[2 * i] == -target[2 * i + 1]));
        return [.. Enumerable.Range(0, kept).Select(i => (int)target[2 * i])];
    }
}
