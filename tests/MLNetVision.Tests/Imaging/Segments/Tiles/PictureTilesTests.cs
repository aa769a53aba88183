using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Imaging.Segments.Tiles;

namespace MLNetVision.Tests.Imaging.Segments.Tiles;

[TestClass]
public sealed class PictureTilesTests
{
    [TestMethod]
    [DataRow(100, 80, 200, 200, 20, 1)]
    [DataRow(100, 80, 60, 80, 20, 2)]
    [DataRow(100, 80, 60, 80, 19, 2)]
    [DataRow(101, 80, 60, 80, 20, 3)]
    [DataRow(1000, 700, 256, 256, 32, 15)]
    [DataRow(7, 5, 1, 1, 0, 35)]
    public void Of_Picture_CoversItWithTheOverlapAndPartsItsPixels(int width, int height, int tileWidth, int tileHeight, int overlap, int count)
    {
        IReadOnlyList<PictureTile> tiles = new PictureTiles(tileWidth, tileHeight, overlap).Of(width, height);
        Assert.HasCount(count, tiles);
        var owners = new int[width * height];
        foreach (PictureTile tile in tiles)
        {
            Assert.IsTrue(tile.Left >= 0 && tile.Top >= 0 && tile.Right <= width && tile.Bottom <= height, tile.ToString());
            Assert.IsTrue(tile.CoreLeft >= tile.Left && tile.CoreTop >= tile.Top && tile.CoreRight <= tile.Right && tile.CoreBottom <= tile.Bottom, tile.ToString());
            for (int y = tile.CoreTop; y < tile.CoreBottom; y++)
            {
                for (int x = tile.CoreLeft; x < tile.CoreRight; x++)
                {
                    owners[y * width + x]++;
                }
            }
        }

        Assert.IsTrue(owners.All(owner => owner == 1));
        int[] lefts = [.. tiles.Select(tile => tile.Left).Distinct()];
        Assert.IsTrue(lefts.Zip(lefts.Skip(1)).All(pair => pair.First + tiles[0].Width - pair.Second >= overlap), string.Join(' ', lefts));
    }

    /// <summary>A network that makes no mistakes sees in a tile what of the scene lies in it: put together that is the scene, to the pixel.</summary>
    [TestMethod]
    [DataRow(SegmentationTask.Semantic, 64, 48, 16)]
    [DataRow(SegmentationTask.Instance, 64, 48, 16)]
    [DataRow(SegmentationTask.Panoptic, 64, 48, 16)]
    [DataRow(SegmentationTask.Panoptic, 50, 50, 20)]
    [DataRow(SegmentationTask.Panoptic, 100, 30, 12)]
    public void Segment_PerfectNetwork_EqualsTheUntiledScene(SegmentationTask task, int tileWidth, int tileHeight, int overlap)
    {
        RgbImage scene = Scene();
        SegmentationResult expected = See(scene, task);
        SegmentationResult actual = new PictureTiles(tileWidth, tileHeight, overlap).Segment(scene, tile => See(tile, task), task);
        Assert.IsGreaterThan(2, expected.Segments.Count);
        AssertEqual(expected, actual);
        CollectionAssert.AreEqual(Enumerable.Range(1, actual.Segments.Count).ToArray(), actual.Segments.Select(segment => segment.Id).ToArray());
    }

    [TestMethod]
    public void Segment_OneTile_IsTheWholePicture()
    {
        RgbImage scene = Scene();
        int calls = 0;
        new PictureTiles(500, 500, 10).Segment(scene, tile =>
        {
            calls++;
            Assert.AreSame(scene, tile);
            return See(tile, SegmentationTask.Panoptic);
        }, SegmentationTask.Panoptic);
        Assert.AreEqual(1, calls);
    }

    [TestMethod]
    public void Segment_NeighbourSeesMore_FillsWhatTheNearerTileLeavesVoid()
    {
        // Two tiles of 60 in a picture of 100, overlapping at 40 to 60: the left one misses what begins in its part at 45.
        var picture = new RgbImage(100, 10);
        int call = 0;
        SegmentationResult result = new PictureTiles(60, 60, 20).Segment(
            picture, _ => new SegmentationResult(10, 60, call++ == 0 ? [] : [new PredictedSegment(1, 3, 0.5f, RunLengthMask.FromBox(new BoundingBox(5, 2, 40, 4), 10, 60))]), SegmentationTask.Panoptic);
        Assert.HasCount(1, result.Segments);
        Assert.AreEqual(new BoundingBox(45, 2, 40, 4), result.Segments[0].Box);
        Assert.AreEqual(0.5f, result.Segments[0].Score);
    }

    [TestMethod]
    public void Segment_TwoObjectsThatTouchTheBorder_StayTwo()
    {
        // In the overlap of 40 to 60 they lie in different places, so that nothing says that they are one.
        var picture = new RgbImage(100, 20);
        int call = 0;
        SegmentationResult result = new PictureTiles(60, 60, 20).Segment(
            picture,
            _ => new SegmentationResult(20, 60, [new PredictedSegment(1, 3, 0.5f, RunLengthMask.FromBox(call++ == 0 ? new BoundingBox(10, 0, 50, 5) : new BoundingBox(0, 10, 50, 5), 20, 60))]),
            SegmentationTask.Instance);
        Assert.HasCount(2, result.Segments);
    }

    [TestMethod]
    public void Constructor_OverlapOfAWholeSide_IsRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PictureTiles(10, 20, 10));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PictureTiles(0, 20, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PictureTiles(10, 20, -1));
    }

    private static void AssertEqual(SegmentationResult expected, SegmentationResult actual)
    {
        Assert.AreEqual((expected.Height, expected.Width), (actual.Height, actual.Width));
        string[] Of(SegmentationResult result) => [.. result.Segments.Select(segment => $"{segment.LabelId} {segment.Score:f3} {segment.Box} {segment.Mask.ToCompressed()}").Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(Of(expected), Of(actual));
    }

    // The red of a pixel is its class, the green its object: a sky, and five objects of two classes, most of them across borders.
    private static RgbImage Scene()
    {
        var scene = new RgbImage(150, 110);
        Paint(0, 0, 150, 40, 1, 1);
        Paint(30, 20, 60, 45, 2, 2);
        Paint(100, 50, 40, 50, 2, 3);
        Paint(5, 70, 90, 12, 3, 4);
        Paint(60, 90, 20, 15, 3, 5);
        Paint(2, 45, 10, 10, 2, 6);
        return scene;

        void Paint(int left, int top, int width, int height, byte label, byte number)
        {
            for (int y = top; y < top + height; y++)
            {
                for (int x = left; x < left + width; x++)
                {
                    (scene.Row(y)[3 * x], scene.Row(y)[3 * x + 1]) = (label, number);
                }
            }
        }
    }

    // Reads the painted objects back; the sky has no separate objects.
    private static SegmentationResult See(RgbImage picture, SegmentationTask task)
    {
        int[] ids = [.. Enumerable.Range(0, picture.Width * picture.Height).Select(i => (int)picture.Pixels[3 * i + (task == SegmentationTask.Semantic ? 0 : 1)])];
        int[] labels = [.. Enumerable.Range(0, picture.Width * picture.Height).Select(i => (int)picture.Pixels[3 * i])];
        var segments = LabelMap.ToMasks(ids, picture.Height, picture.Width, 0)
            .Select((item, i) => new PredictedSegment(i + 1, labels[Array.IndexOf(ids, item.Key)], 0.75f, item.Value, WasFused: task == SegmentationTask.Panoptic && item.Key == 1));
        return new SegmentationResult(picture.Height, picture.Width, [.. segments]);
    }
}
