namespace DrawScenes;

/// <summary>A kind of stuff: how strongly its second colour shows, 0 to 1, at a point given in pixels.</summary>
/// <param name="Name">The category's name.</param>
/// <param name="Blend">The pattern; the third argument is its period in pixels.</param>
internal sealed record StuffTexture(string Name, Func<double, double, double, double> Blend)
{
    public static StuffTexture Stripes { get; } = new("stripes", (x, y, period) => Step(Math.Sin((x + y) * Turn / period)));

    public static StuffTexture Checks { get; } = new("checks", (x, y, period) => Step(Math.Sin(x * Turn / period) * Math.Sin(y * Turn / period)));

    public static StuffTexture Dots { get; } = new("dots", (x, y, period) => Step(0.3 - Distance(Wrap(x, period), Wrap(y, period)) / period));

    public static StuffTexture Waves { get; } = new("waves", (x, y, period) => 0.5 + 0.5 * Math.Sin((y + 0.3 * period * Math.Sin(x * Turn / (2 * period))) * Turn / period));

    public static StuffTexture Bricks { get; } = new("bricks", (x, y, period) =>
    {
        double shift = (long)Math.Floor(y / period) % 2 == 0 ? 0 : period;
        return Math.Min(Math.Abs(Wrap(x + shift, 2 * period)), Math.Abs(Wrap(y, period))) < 0.1 * period ? 1 : 0;
    });

    public static StuffTexture Rings { get; } = new("rings", (x, y, period) => Step(Math.Sin(Distance(x - 30, y - 30) * Turn / period)));

    public static StuffTexture Gradient { get; } = new("gradient", (x, y, period) => 0.5 + 0.5 * Math.Sin((x - 0.5 * y) * Turn / (8 * period)));

    private const double Turn = 2 * Math.PI;

    private static double Step(double value) => Math.Clamp(0.5 + 3 * value, 0, 1);

    private static double Wrap(double value, double period) => value - period * Math.Floor(value / period) - period / 2;

    private static double Distance(double x, double y) => Math.Sqrt(x * x + y * y);
}
