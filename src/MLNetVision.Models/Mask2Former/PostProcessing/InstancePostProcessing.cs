using System.Runtime.Intrinsics;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

namespace MLNetVision.Models.Mask2Former.PostProcessing;

/// <summary>Chooses instances: the surest pairs of a query and a class, each scored by its class and by how sure its mask is.</summary>
internal static class InstancePostProcessing
{
    /// <param name="probabilities">(queries, classes + 1), softmax over the classes.</param>
    /// <param name="classes">The number of classes without "no object".</param>
    /// <param name="logits">(queries, rows, columns).</param>
    /// <param name="geometry">The grids.</param>
    /// <param name="options">The choice.</param>
    public static SegmentationResult Run(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry, InstanceOptions options)
    {
        List<(int Query, int Label, float Probability)> pairs = Select(probabilities, classes, options);
        int[] queries = [.. pairs.Select(pair => pair.Query).Distinct()];
        var masks = new Dictionary<int, (RunLengthMask Mask, double Sureness)>();
        using (var rows = new QueryMasks(logits, queries, geometry))
        {
            int[]? targetRows = geometry.IsMiddleTheTarget ? null : AxisMap.Nearest(rows.Height, geometry.Height);
            int[]? targetColumns = geometry.IsMiddleTheTarget ? null : AxisMap.Nearest(rows.Width, geometry.Width);
            var pixels = new byte[rows.Height * rows.Width];
            var row = new float[rows.Width];
            for (int i = 0; i < queries.Length; i++)
            {
                (RunLengthMask mask, double sureness) = Binarise(rows, i, row, pixels);
                masks[queries[i]] = (targetRows is null ? mask : RunScaling.Select(mask, targetRows, targetColumns!), sureness);
            }
        }

        var segments = new List<PredictedSegment>();
        foreach ((int query, int label, float probability) in pairs)
        {
            (RunLengthMask mask, double sureness) = masks[query];
            var score = (float)(probability * sureness);
            if (!mask.IsEmpty && score >= options.Threshold)
            {
                segments.Add(new PredictedSegment(0, label, score, mask));
            }
        }

        return new SegmentationResult(
            geometry.Height, geometry.Width, [.. segments.OrderByDescending(segment => segment.Score).Select((segment, i) => segment with { Id = i + 1 })]);
    }

    /// <summary>The surest pairs. A score never exceeds its pair's probability, so that less probable ones are not looked at.</summary>
    private static List<(int Query, int Label, float Probability)> Select(ReadOnlySpan<float> probabilities, int classes, InstanceOptions options)
    {
        int queries = probabilities.Length / (classes + 1);
        var pairs = new List<(int Query, int Label, float Probability)>();
        for (int query = 0; query < queries; query++)
        {
            for (int label = 0; label < classes; label++)
            {
                float probability = probabilities[query * (classes + 1) + label];
                if (probability >= options.Threshold)
                {
                    pairs.Add((query, label, probability));
                }
            }
        }

        int most = options.MaxInstances ?? queries;
        if (pairs.Count > most)
        {
            pairs.Sort((a, b) => a.Probability != b.Probability ? b.Probability.CompareTo(a.Probability) : (a.Query, a.Label).CompareTo((b.Query, b.Label)));
            pairs.RemoveRange(most, pairs.Count - most);
        }

        if (options.ThingLabelIds is { } things)
        {
            pairs.RemoveAll(pair => !things.Contains(pair.Label));
        }

        return pairs;
    }

    /// <summary>The pixels above 0, and their mean probability.</summary>
    private static (RunLengthMask Mask, double Sureness) Binarise(QueryMasks rows, int query, float[] row, byte[] pixels)
    {
        double sum = 0;
        for (int y = 0; y < rows.Height; y++)
        {
            rows.Row(query, y, row);
            sum += BinariseRow(row, pixels.AsSpan(y * rows.Width, rows.Width));
        }

        using var changes = new PositionList(4 * rows.Width);
        TransitionScan.RowMajor<byte>(pixels, rows.Height, rows.Width, 0, changes);
        RunLengthMask mask = RunLengthMask.FromRuns(changes.ToRuns(pixels.Length), rows.Height, rows.Width);
        return (mask, sum / (mask.Area + 1e-6));
    }

    private static double BinariseRow(ReadOnlySpan<float> logits, Span<byte> pixels)
    {
        Vector256<float> sum = default;
        int x = 0;
        for (; x + 32 <= logits.Length; x += 32)
        {
            Vector256<float> first = Vector256.Create(logits[x..]), second = Vector256.Create(logits[(x + 8)..]);
            Vector256<float> third = Vector256.Create(logits[(x + 16)..]), fourth = Vector256.Create(logits[(x + 24)..]);
            Vector256<int> in0 = Vector256.GreaterThan(first, default).AsInt32(), in1 = Vector256.GreaterThan(second, default).AsInt32();
            Vector256<int> in2 = Vector256.GreaterThan(third, default).AsInt32(), in3 = Vector256.GreaterThan(fourth, default).AsInt32();
            Vector256<sbyte> inside = Vector256.Narrow(Vector256.Narrow(in0, in1), Vector256.Narrow(in2, in3));
            Vector256.Negate(inside).AsByte().CopyTo(pixels[x..]);
            if (inside != default)
            {
                sum += Inside(first, in0) + Inside(second, in1) + Inside(third, in2) + Inside(fourth, in3);
            }
        }

        double total = Vector256.Sum(sum);
        for (; x < logits.Length; x++)
        {
            bool isInside = logits[x] > 0;
            pixels[x] = isInside ? (byte)1 : (byte)0;
            total += isInside ? 1 / (1 + Math.Exp(-logits[x])) : 0;
        }

        return total;
    }

    private static Vector256<float> Inside(Vector256<float> logits, Vector256<int> inside) =>
        (Vector256<float>.One / (Vector256<float>.One + Vector256.Exp(-logits))) & inside.AsSingle();
}
