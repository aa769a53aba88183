namespace DrawScenes;

/// <summary>A stamp at a random place, size, angle and colour.</summary>
internal sealed class PlacedStamp
{
    public PlacedStamp(Stamp stamp, Random random, int width, int height)
    {
        double size = (0.22 + 0.23 * random.NextDouble()) * Math.Min(width, height) + 8;
        double angle = (random.NextDouble() - 0.5) * 0.6;
        double centerX = size * 0.4 + random.NextDouble() * (width - size * 0.8);
        double centerY = size * 0.4 + random.NextDouble() * (height - size * 0.8);
        Color = ScenePainter.RandomColor(random, 130, 256);
        // One channel at an end of its range, so that a thing stands out from every stuff.
        Color[random.Next(3)] = (byte)(random.Next(2) * 255);

        (double cos, double sin) = (Math.Cos(angle), Math.Sin(angle));
        var pixels = new List<(int, int, double)>();
        double reach = size * 0.75;
        for (int y = Math.Max(0, (int)(centerY - reach)); y < Math.Min(height, centerY + reach); y++)
        {
            for (int x = Math.Max(0, (int)(centerX - reach)); x < Math.Min(width, centerX + reach); x++)
            {
                double dx = (x - centerX) / size;
                double dy = (y - centerY) / size;
                double opacity = stamp(0.5 + cos * dx + sin * dy, 0.5 - sin * dx + cos * dy);
                if (opacity > 0)
                {
                    pixels.Add((x, y, opacity));
                }
            }
        }

        Pixels = pixels;
    }

    public byte[] Color { get; }

    public IReadOnlyList<(int X, int Y, double Opacity)> Pixels { get; }
}
