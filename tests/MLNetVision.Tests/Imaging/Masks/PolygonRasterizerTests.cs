using CsCheck;
using MLNetVision.Imaging.Masks;

namespace MLNetVision.Tests.Imaging.Masks;

/// <summary>The rasteriser computes each column's crossing directly; here the published rule is followed point by point.</summary>
[TestClass]
public sealed class PolygonRasterizerTests
{
    private static readonly Gen<double> Coordinates = Gen.OneOf(
        Gen.Double[-30, 90], Gen.Int[-30, 90].Select(whole => (double)whole), Gen.Int[-150, 450].Select(fifth => fifth / 5.0), Gen.Int[-60, 180].Select(half => half / 2.0 + 0.05));

    [TestMethod]
    public void FromPolygon_AnyPolygon_AgreesWithWalkingEveryPoint() =>
        Gen.Select(Gen.Int[3, 9].SelectMany(corners => Coordinates.Array[2 * corners]), Gen.Int[1, 60], Gen.Int[1, 60]).Sample((polygon, height, width) =>
            CollectionAssert.AreEqual(Walk(polygon, height, width), RunLengthMask.FromPolygon(polygon, height, width).ToRowMajor()), iter: 4000, seed: "0000000000021");

    private static byte[] Walk(double[] polygon, int height, int width)
    {
        // Fine points of all edges in order, on a grid of fifths of a pixel.
        var points = new List<(int X, int Y)>();
        int corners = polygon.Length / 2;
        for (int i = 0; i < corners; i++)
        {
            int next = (i + 1) % corners;
            AddEdge(points, Fine(polygon[2 * i]), Fine(polygon[2 * i + 1]), Fine(polygon[2 * next]), Fine(polygon[2 * next + 1]));
        }

        // Each step sideways over the centre of a column flips the column from the next whole row down to the bottom and all columns behind it.
        bool[] flips = new bool[height * width + 1];
        for (int i = 1; i < points.Count; i++)
        {
            int left = Math.Min(points[i].X, points[i - 1].X);
            if (points[i].X == points[i - 1].X || left < 0 || left % 5 != 2 || left / 5 >= width)
            {
                continue;
            }

            double row = (Math.Min(points[i].Y, points[i - 1].Y) + 0.5) / 5 - 0.5;
            flips[left / 5 * height + (int)Math.Ceiling(Math.Clamp(row, 0, height))] ^= true;
        }

        byte[] pixels = new byte[height * width];
        bool inside = false;
        for (int position = 0; position < pixels.Length; position++)
        {
            inside ^= flips[position];
            pixels[position % height * width + position / height] = inside ? (byte)1 : (byte)0;
        }

        return pixels;
    }

    private static int Fine(double coordinate) => (int)(5 * coordinate + 0.5);

    private static void AddEdge(List<(int X, int Y)> points, int x0, int y0, int x1, int y1)
    {
        int dx = Math.Abs(x1 - x0);
        int dy = Math.Abs(y1 - y0);
        bool flat = dx >= dy;
        bool backwards = flat ? x0 > x1 : y0 > y1;
        (int startX, int startY, int endX, int endY) = backwards ? (x1, y1, x0, y0) : (x0, y0, x1, y1);
        double slope = Math.Max(dx, dy) == 0 ? 0 : flat ? (double)(endY - startY) / dx : (double)(endX - startX) / dy;
        for (int i = 0; i <= Math.Max(dx, dy); i++)
        {
            int t = backwards ? Math.Max(dx, dy) - i : i;
            points.Add(flat ? (startX + t, (int)(startY + slope * t + 0.5)) : ((int)(startX + slope * t + 0.5), startY + t));
        }
    }
}
