namespace DrawScenes;

/// <summary>Paints a scene: two or three regions of stuff, then things that may overlap.</summary>
internal static class ScenePainter
{
    private const int SmallestSide = 64;
    private const int LargestSide = 128;

    /// <summary>A thing covers the pixels where its stamp is at least this opaque.</summary>
    private const double MaskOpacity = 0.45;

    /// <summary>A stamp is rejected when it would leave less than this share of an earlier thing visible.</summary>
    private const double LeastVisible = 0.7;

    public static Scene Paint(SceneKind kind, Random random) =>
        Paint(kind, random, width: random.Next(SmallestSide, LargestSide + 1), height: random.Next(SmallestSide, LargestSide + 1));

    public static Scene Paint(SceneKind kind, Random random, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        var segmentOf = new int[width * height];
        List<int> segments = PaintStuff(kind, random, width, height, pixels, segmentOf);

        var areas = new List<int>();
        int things = random.Next(1, 6);
        for (int i = 0; i < things; i++)
        {
            int thingClass = random.Next(kind.Things.Count);
            Stamp stamp = kind.Things[thingClass].Stamps[random.Next(kind.Things[thingClass].Stamps.Count)];
            var placed = new PlacedStamp(stamp, random, width, height);
            if (TryStamp(placed, width, pixels, segmentOf, firstThing: segments.Count - areas.Count, areas))
            {
                segments.Add(kind.Categories[thingClass].Id);
            }
        }

        return WithoutHiddenSegments(new Scene(width, height, pixels, segmentOf, segments));
    }

    private static List<int> PaintStuff(SceneKind kind, Random random, int width, int height, byte[] pixels, int[] segmentOf)
    {
        int regions = random.Next(1, 4);
        int[] order = [.. Enumerable.Range(0, kind.Stuff.Count)];
        random.Shuffle(order);
        var segments = new List<int>();
        for (int region = 0; region < Math.Min(regions, order.Length); region++)
        {
            // The first region fills the picture, each later one the far side of a line through it.
            double angle = random.NextDouble() * 2 * Math.PI;
            (double cos, double sin) = (Math.Cos(angle), Math.Sin(angle));
            double distance = (random.NextDouble() * 0.5 - 0.15) * Math.Min(width, height);
            StuffTexture texture = kind.Stuff[order[region]];
            (byte[] dark, byte[] light) = (RandomColor(random, 20, 140), RandomColor(random, 90, 220));
            double period = 6 + 8 * random.NextDouble();
            double turn = random.NextDouble() * Math.PI;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    if (region > 0 && (x - width / 2.0) * cos + (y - height / 2.0) * sin < distance)
                    {
                        continue;
                    }

                    double u = x * Math.Cos(turn) - y * Math.Sin(turn);
                    double v = x * Math.Sin(turn) + y * Math.Cos(turn);
                    Blend(pixels, y * width + x, dark, 1);
                    Blend(pixels, y * width + x, light, texture.Blend(u, v, period));
                    segmentOf[y * width + x] = region;
                }
            }

            segments.Add(kind.Categories[kind.Things.Count + order[region]].Id);
        }

        return segments;
    }

    private static bool TryStamp(PlacedStamp stamp, int width, byte[] pixels, int[] segmentOf, int firstThing, List<int> areas)
    {
        int[] mask = [.. stamp.Pixels.Where(p => p.Opacity >= MaskOpacity).Select(p => p.Y * width + p.X)];
        int[] hidden = new int[areas.Count];
        foreach (int pixel in mask)
        {
            if (segmentOf[pixel] >= firstThing)
            {
                hidden[segmentOf[pixel] - firstThing]++;
            }
        }

        int[] visible = new int[areas.Count];
        foreach (int segment in segmentOf)
        {
            if (segment >= firstThing)
            {
                visible[segment - firstThing]++;
            }
        }

        if (mask.Length < 20 || Enumerable.Range(0, areas.Count).Any(i => visible[i] - hidden[i] < LeastVisible * areas[i]))
        {
            return false;
        }

        foreach ((int x, int y, double opacity) in stamp.Pixels)
        {
            Blend(pixels, y * width + x, stamp.Color, Math.Clamp((opacity - 0.3) / 0.3, 0, 1));
        }

        foreach (int pixel in mask)
        {
            segmentOf[pixel] = firstThing + areas.Count;
        }

        areas.Add(mask.Length);
        return true;
    }

    internal static byte[] RandomColor(Random random, int from, int to) => [(byte)random.Next(from, to), (byte)random.Next(from, to), (byte)random.Next(from, to)];

    private static void Blend(byte[] pixels, int pixel, byte[] color, double opacity)
    {
        for (int c = 0; c < 3; c++)
        {
            ref byte value = ref pixels[pixel * 3 + c];
            value = (byte)Math.Round(value + (color[c] - value) * opacity);
        }
    }

    /// <summary>Leaves out segments of which no pixel is visible, as COCO does.</summary>
    private static Scene WithoutHiddenSegments(Scene scene)
    {
        int[] kept = [.. scene.SegmentOf.Distinct().Order()];
        return scene with
        {
            SegmentOf = [.. scene.SegmentOf.Select(segment => Array.IndexOf(kept, segment))],
            Segments = [.. kept.Select(segment => scene.Segments[segment])],
        };
    }
}
