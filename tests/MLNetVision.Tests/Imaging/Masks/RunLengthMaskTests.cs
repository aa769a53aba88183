using CsCheck;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Tests.Imaging.Masks;

[TestClass]
[TestCategory("Levels")]
public sealed class RunLengthMaskTests
{
    private sealed record Bits(int Height, int Width, byte[] Pixels)
    {
        public RunLengthMask Mask => RunLengthMask.FromRowMajor(Pixels, Height, Width);
    }

    private static readonly Gen<(Bits A, Bits B)> Pairs =
        from height in Gen.Int[1, 40]
        from width in Gen.Int[1, 90]
        from density in Gen.Int[0, 100]
        from a in Gen.Int[0, 99].Array[height * width]
        from b in Gen.Int[0, 99].Array[height * width]
        select (ToBits(height, width, a, density), ToBits(height, width, b, 100 - density));

    [TestMethod]
    public void Mask_AnyPixels_SurviveEveryForm() => Pairs.Sample(pair =>
    {
        Bits bits = pair.A;
        RunLengthMask mask = bits.Mask;
        CollectionAssert.AreEqual(bits.Pixels, mask.ToRowMajor());
        Assert.AreEqual(mask, RunLengthMask.FromCompressed(mask.ToCompressed(), bits.Height, bits.Width));
        Assert.AreEqual(mask, RunLengthMask.FromCounts([.. mask.ToCounts().Select(count => (long)count)], bits.Height, bits.Width));
        Assert.AreEqual(bits.Pixels.Sum(pixel => pixel), mask.Area);
        Assert.AreEqual(bits.Height * bits.Width, mask.ToCounts().Sum());
    }, iter: 200, seed: "0000000000001");

    [TestMethod]
    public void Algebra_TwoMasks_AgreesWithPixels() => Pairs.Sample(pair =>
    {
        (Bits a, Bits b) = pair;
        byte[] and = [.. a.Pixels.Zip(b.Pixels, (x, y) => (byte)(x & y))];
        byte[] or = [.. a.Pixels.Zip(b.Pixels, (x, y) => (byte)(x | y))];
        byte[] less = [.. a.Pixels.Zip(b.Pixels, (x, y) => (byte)(x & ~y))];
        CollectionAssert.AreEqual(and, RunLengthMask.Intersection(a.Mask, b.Mask).ToRowMajor());
        CollectionAssert.AreEqual(or, RunLengthMask.Union(a.Mask, b.Mask).ToRowMajor());
        CollectionAssert.AreEqual(less, a.Mask.Except(b.Mask).ToRowMajor());
        Assert.AreEqual(and.Sum(pixel => pixel), a.Mask.IntersectionArea(b.Mask));
        Assert.AreEqual(a.Mask.IntersectionArea(b.Mask), b.Mask.IntersectionArea(a.Mask));
    }, iter: 200, seed: "0000000000002");

    [TestMethod]
    public void Boundary_AnyMask_IsWhatErosionLeaves() => Pairs.Sample(pair =>
    {
        Bits bits = pair.A.Pixels.Sum(pixel => pixel) > pair.B.Pixels.Sum(pixel => pixel) ? pair.A : pair.B;
        foreach (int distance in new[] { 1, 2, 3, 5 })
        {
            CollectionAssert.AreEqual(BoundaryByPixels(bits, distance), bits.Mask.Boundary(distance).ToRowMajor(), $"distance {distance}");
        }
    }, iter: 60, seed: "0000000000003");

    [TestMethod]
    public void LabelMap_AnyLabels_SplitsAndPaintsBack() => Pairs.Sample(pair =>
    {
        (int height, int width) = (pair.A.Height, pair.A.Width);
        int[] map = [.. pair.A.Pixels.Zip(pair.B.Pixels, (x, y) => x * 1000 - 3 * y)];
        var masks = LabelMap.ToMasks(map, height, width);
        CollectionAssert.AreEqual(map.Distinct().Order().ToArray(), masks.Keys.ToArray());
        int[] painted = new int[map.Length];
        foreach ((int label, RunLengthMask mask) in masks)
        {
            LabelMap.Paint(painted, mask, label);
        }

        CollectionAssert.AreEqual(map, painted);
        Assert.IsFalse(LabelMap.ToMasks(map, height, width, ignored: 0).ContainsKey(0));
    }, iter: 100, seed: "0000000000004");

    [TestMethod]
    public void FromCompressed_AnyText_IsReadOrRefused() => Gen.Select(Gen.String[Gen.Char['.', 'q'], 0, 24], Gen.Int[0, 9], Gen.Int[0, 9]).Sample((text, height, width) =>
    {
        try
        {
            RunLengthMask mask = RunLengthMask.FromCompressed(text, height, width);
            Assert.AreEqual(height * width, mask.ToCounts().Sum());
        }
        catch (FormatException e)
        {
            StringAssert.Contains(e.Message, "broken");
        }
    }, iter: 20000, seed: "0000000000005");

    [TestMethod]
    public void FromRowMajor_PixelThatIsNeither0Nor1_NamesIt()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => RunLengthMask.FromRowMajor([0, 1, 2, 0], 2, 2));
        StringAssert.Contains(error.Message, "index 2 is 2");
    }

    [TestMethod]
    public void FromRowMajor_WrongCount_Throws() =>
        Assert.ThrowsExactly<ArgumentException>(() => RunLengthMask.FromRowMajor(new byte[5], 2, 3));

    [TestMethod]
    public void Union_DifferentSizes_Throws()
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => RunLengthMask.Union(RunLengthMask.Empty(2, 3), RunLengthMask.Empty(3, 2)));
        StringAssert.Contains(error.Message, "2 x 3 met 3 x 2");
    }

    [TestMethod]
    [DataRow(new double[] { 1, 2, 3, 4 })]
    [DataRow(new double[] { 1, 2, 3, 4, 5, 6, 7 })]
    [DataRow(new double[] { 1, 2, double.NaN, 4, 5, 6 })]
    [DataRow(new double[] { 1, 2, 1e300, 4, 5, 6 })]
    public void FromPolygon_BrokenPolygon_Throws(double[] polygon) =>
        Assert.ThrowsExactly<ArgumentException>(() => RunLengthMask.FromPolygon(polygon, 10, 10));

    [TestMethod]
    public void Size_TooManyPixels_Throws() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RunLengthMask.Empty(50_000, 50_000));

    private static Bits ToBits(int height, int width, int[] noise, int density) =>
        new(height, width, [.. noise.Select(value => (byte)(value < density ? 1 : 0))]);

    private static byte[] BoundaryByPixels(Bits bits, int distance)
    {
        byte[] result = new byte[bits.Pixels.Length];
        for (int row = 0; row < bits.Height; row++)
        {
            for (int column = 0; column < bits.Width; column++)
            {
                bool inner = true;
                for (int r = row - distance; r <= row + distance && inner; r++)
                {
                    for (int c = column - distance; c <= column + distance && inner; c++)
                    {
                        inner = r >= 0 && c >= 0 && r < bits.Height && c < bits.Width && bits.Pixels[r * bits.Width + c] == 1;
                    }
                }

                int index = row * bits.Width + column;
                result[index] = (byte)(inner ? 0 : bits.Pixels[index]);
            }
        }

        return result;
    }
}
