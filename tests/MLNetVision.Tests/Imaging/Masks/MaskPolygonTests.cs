using System.Buffers;
using System.Text.Json;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Tests.Imaging.Masks;

[TestClass]
public sealed class MaskPolygonTests
{
    public static IEnumerable<object[]> Densities => [[0.02], [0.1], [0.35], [0.5], [0.65], [0.9], [1.0]];

    /// <summary>Noise has every way in which pixels can touch: sides, corners, borders, regions within holes within regions.</summary>
    [TestMethod, DynamicData(nameof(Densities))]
    public void ToPolygons_AnyMask_GivesItBack(double density)
    {
        var random = new Random(11);
        for (int i = 0; i < 60; i++)
        {
            RunLengthMask mask = Noise(random, random.Next(1, 24), random.Next(1, 24), density);
            IReadOnlyList<MaskPolygon> polygons = mask.ToPolygons();
            Assert.AreEqual(mask, MaskPolygon.ToMask(polygons, mask.Height, mask.Width));
            Assert.AreEqual(mask, ThroughCoco(polygons, mask.Height, mask.Width), "COCO's form lost something");
            Assert.HasCount(Regions(mask), polygons);
        }
    }

    [TestMethod]
    public void ToPolygons_SmoothMaskWithHoles_GivesItBackWithAndWithoutJson()
    {
        RunLengthMask mask = Rings(90, 120);
        IReadOnlyList<MaskPolygon> polygons = mask.ToPolygons();
        Assert.HasCount(3, polygons, "three rings in each other");
        Assert.IsTrue(polygons.All(polygon => polygon.Holes.Count == 1));
        Assert.AreEqual(mask, MaskPolygon.ToMask(polygons, 90, 120));
        Assert.AreEqual(mask, ThroughCoco(polygons, 90, 120));
    }

    [TestMethod]
    public void ToPolygons_OnePixel_IsItsFourCornersClockwise()
    {
        byte[] pixels = new byte[12];
        pixels[1 * 4 + 2] = 1;
        MaskPolygon polygon = RunLengthMask.FromRowMajor(pixels, 3, 4).ToPolygons().Single();
        CollectionAssert.AreEqual(new double[] { 3, 1, 3, 2, 2, 2, 2, 1 }, polygon.Outer.ToArray());
        Assert.IsEmpty(polygon.Holes);
    }

    [TestMethod]
    public void ToPolygons_BlockWithAHole_HasOppositeTurns()
    {
        MaskPolygon polygon = RunLengthMask.FromBox(new BoundingBox(1, 1, 6, 5), 9, 9).Except(RunLengthMask.FromBox(new BoundingBox(3, 2, 2, 2), 9, 9)).ToPolygons().Single();
        Assert.AreEqual(30, SignedArea(polygon.Outer), "clockwise as seen, with rows counted downwards");
        Assert.AreEqual(-4, SignedArea(polygon.Holes.Single()));
        Assert.AreEqual(8, polygon.Outer.Count, "straight lines have no corners between");
    }

    [TestMethod]
    public void ToPolygons_Empty_IsNoPolygon()
    {
        Assert.IsEmpty(RunLengthMask.Empty(4, 5).ToPolygons());
        Assert.AreEqual(RunLengthMask.Empty(4, 5), MaskPolygon.ToMask([], 4, 5));
    }

    [TestMethod]
    [DataRow(0.75)]
    [DataRow(2.0)]
    [DataRow(5.0)]
    public void ToPolygons_WithTolerance_MovesNoEdgeFartherThanThat(double tolerance)
    {
        RunLengthMask mask = Rings(180, 240);
        IReadOnlyList<MaskPolygon> exact = mask.ToPolygons(), simple = mask.ToPolygons(tolerance);
        Assert.IsLessThan(exact.Sum(Corners) / 2, simple.Sum(Corners));
        RunLengthMask changed = MaskPolygon.ToMask(simple, 180, 240);
        RunLengthMask difference = RunLengthMask.Union(changed.Except(mask), mask.Except(changed));
        Assert.IsGreaterThan(0, difference.Area);

        // A pixel changes only within the tolerance of an edge, and a pixel's width for the raster.
        int reach = (int)Math.Ceiling(tolerance) + 1;
        RunLengthMask all = RunLengthMask.FromBox(new BoundingBox(0, 0, 240, 180), 180, 240);
        RunLengthMask near = RunLengthMask.Union(mask.Boundary(reach), all.Except(mask).Boundary(reach));
        Assert.AreEqual(0, difference.Except(near).Area);
    }

    [TestMethod]
    public void ToPolygons_ToleranceBeyondARegion_KeepsATriangleAndLosesItsHoles()
    {
        MaskPolygon polygon = RunLengthMask.FromBox(new BoundingBox(2, 2, 9, 7), 20, 20).Except(RunLengthMask.FromBox(new BoundingBox(4, 4, 1, 1), 20, 20)).ToPolygons(tolerance: 100).Single();
        Assert.AreEqual(6, polygon.Outer.Count);
        Assert.IsEmpty(polygon.Holes);
    }

    [TestMethod]
    [DataRow(-0.1)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void ToPolygons_ToleranceThatIsNone_IsRefused(double tolerance) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RunLengthMask.Empty(2, 2).ToPolygons(tolerance));

    private static int Corners(MaskPolygon polygon) => polygon.Outer.Count + polygon.Holes.Sum(hole => hole.Count);

    private static double SignedArea(IReadOnlyList<double> line)
    {
        double doubled = 0;
        for (int i = 0; i < line.Count; i += 2)
        {
            int next = (i + 2) % line.Count;
            doubled += line[i] * line[next + 1] - line[next] * line[i + 1];
        }

        return doubled / 2;
    }

    private static RunLengthMask ThroughCoco(IReadOnlyList<MaskPolygon> polygons, int height, int width)
    {
        if (polygons.Count == 0)
        {
            return RunLengthMask.Empty(height, width); // COCO has no polygon list of nothing
        }

        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            CocoSegmentation.Write(writer, polygons);
        }

        using var document = JsonDocument.Parse(json.WrittenMemory);
        return CocoSegmentation.Read(document.RootElement, height, width);
    }

    private static RunLengthMask Noise(Random random, int height, int width, double density) =>
        RunLengthMask.FromRowMajor([.. Enumerable.Range(0, height * width).Select(_ => random.NextDouble() < density)], height, width);

    /// <summary>Three oval rings in each other.</summary>
    private static RunLengthMask Rings(int height, int width)
    {
        bool[] pixels = new bool[height * width];
        for (int i = 0; i < pixels.Length; i++)
        {
            double x = (i % width + 0.5) / width * 2 - 1, y = (i / width + 0.5) / height * 2 - 1;
            double radius = Math.Sqrt(x * x + y * y);
            pixels[i] = radius < 0.97 && (int)(radius * 6) % 2 == 1;
        }

        return RunLengthMask.FromRowMajor(pixels, height, width);
    }

    /// <summary>The regions of pixels that touch by their sides, by flooding.</summary>
    private static int Regions(RunLengthMask mask)
    {
        byte[] pixels = mask.ToRowMajor();
        int regions = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            regions += pixels[i];
            Flood(i);
        }

        return regions;

        void Flood(int start)
        {
            var open = new Stack<int>([start]);
            while (open.TryPop(out int pixel))
            {
                if (pixels[pixel] == 0)
                {
                    continue;
                }

                pixels[pixel] = 0;
                (int x, int y) = (pixel % mask.Width, pixel / mask.Width);
                foreach ((int nextX, int nextY) in ((int, int)[])[(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)])
                {
                    if (nextX >= 0 && nextX < mask.Width && nextY >= 0 && nextY < mask.Height)
                    {
                        open.Push(nextY * mask.Width + nextX);
                    }
                }
            }
        }
    }
}
