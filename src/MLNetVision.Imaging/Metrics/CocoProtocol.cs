namespace MLNetVision.Imaging.Metrics;

/// <summary>The constants of COCO's detection evaluation.</summary>
internal static class CocoProtocol
{
    /// <summary>0.5, 0.55, …, 0.95 as numpy's linspace makes them: the ninth is 0.8999999999999999, which decides exact overlaps.</summary>
    public static readonly double[] IouThresholds = [.. Enumerable.Range(0, 10).Select(i => i == 9 ? 0.95 : i * ((0.95 - 0.5) / 9) + 0.5)];

    /// <summary>0, 0.01, …, 1 as numpy's linspace makes them: some lie one unit in the last place above i / 100.</summary>
    public static readonly double[] RecallPoints = [.. Enumerable.Range(0, 101).Select(i => i == 100 ? 1 : i * 0.01)];

    /// <summary>How many detections of a class count in an image.</summary>
    public static readonly int[] MaxDetections = [1, 10, 100];

    /// <summary>Areas in pixels, both bounds inclusive: all, small, medium, large.</summary>
    public static readonly (double Least, double Most)[] AreaRanges = [(0, 1e10), (0, 32 * 32), (32 * 32, 96 * 96), (96 * 96, 1e10)];

    /// <summary>Keeps precision finite where nothing was counted yet: 2⁻⁵².</summary>
    public const double Epsilon = 1.0 / (1L << 52);

    /// <summary>An overlap threshold's place among <see cref="IouThresholds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of them.</exception>
    public static int IndexOf(double iouThreshold)
    {
        int index = Array.FindIndex(IouThresholds, threshold => Math.Abs(threshold - iouThreshold) < 1e-6);
        return index >= 0 ? index : throw new ArgumentOutOfRangeException(nameof(iouThreshold), iouThreshold, "One of 0.50, 0.55, …, 0.95 was expected.");
    }

    /// <summary>The bit of an area range and an overlap threshold in a detection's outcome.</summary>
    public static int Bit(int area, int threshold) => area * IouThresholds.Length + threshold;
}
