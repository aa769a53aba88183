namespace MLNetVision.Imaging.Metrics.Figures;

/// <summary>Figures that nothing defines are NaN.</summary>
internal static class Undefined
{
    /// <summary>The mean of the terms that are defined; NaN without any.</summary>
    public static double Mean(IEnumerable<double> terms) => terms.Where(term => !double.IsNaN(term)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>A fraction; NaN for 0 / 0.</summary>
    public static double Ratio(double numerator, double denominator) => denominator == 0 ? double.NaN : numerator / denominator;
}
