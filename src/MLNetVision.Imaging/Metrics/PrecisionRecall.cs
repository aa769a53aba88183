namespace MLNetVision.Imaging.Metrics;

/// <summary>Precision at COCO's 101 recall points, and the final recall, for one class, area range and overlap threshold.</summary>
internal static class PrecisionRecall
{
    /// <param name="outcomes">The detections of a class, best first.</param>
    /// <param name="maxDetections">How many of an image count.</param>
    /// <param name="truths">The truths that count; at least 1.</param>
    /// <param name="bit"><see cref="CocoProtocol.Bit"/>.</param>
    /// <param name="precision">Receives the 101 precisions.</param>
    /// <param name="curve">Receives precision and recall after each detection that counts.</param>
    /// <returns>The recall after the last detection.</returns>
    public static double Compute(ReadOnlySpan<DetectionOutcome> outcomes, int maxDetections, long truths, int bit, Span<double> precision, List<(double Recall, double Precision)> curve)
    {
        curve.Clear();
        long truePositives = 0;
        long falsePositives = 0;
        foreach (ref readonly DetectionOutcome outcome in outcomes)
        {
            if (outcome.Rank >= maxDetections || ((outcome.Ignored >> bit) & 1) != 0)
            {
                continue;
            }

            bool matched = ((outcome.Matched >> bit) & 1) != 0;
            truePositives += matched ? 1 : 0;
            falsePositives += matched ? 0 : 1;
            curve.Add(((double)truePositives / truths, truePositives / (falsePositives + truePositives + CocoProtocol.Epsilon)));
        }

        Interpolate(curve, precision);
        return (double)truePositives / truths;
    }

    /// <summary>At each recall point the best precision at that recall or a higher one; 0 where no detection reaches it.</summary>
    private static void Interpolate(List<(double Recall, double Precision)> curve, Span<double> precision)
    {
        int next = curve.Count - 1;
        double best = 0;
        for (int point = precision.Length - 1; point >= 0; point--)
        {
            for (; next >= 0 && curve[next].Recall >= CocoProtocol.RecallPoints[point]; next--)
            {
                best = Math.Max(best, curve[next].Precision);
            }

            precision[point] = best;
        }
    }
}
