using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Memory;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

namespace MLNetVision.Models.Mask2Former.PostProcessing;

/// <summary>Puts a scene without overlaps together: every pixel goes to the query that is surest there, or stays void.</summary>
internal static class PanopticPostProcessing
{
    private const int Nobody = -1;

    /// <param name="probabilities">(queries, classes + 1), softmax over the classes.</param>
    /// <param name="classes">The number of classes without "no object".</param>
    /// <param name="logits">(queries, rows, columns).</param>
    /// <param name="geometry">The grids.</param>
    /// <param name="options">The rules.</param>
    public static SegmentationResult Run(ReadOnlySpan<float> probabilities, int classes, ReadOnlySpan<float> logits, MaskGeometry geometry, PanopticOptions options)
    {
        List<(int Query, int Label, float Score)> candidates = Select(probabilities, classes, options.Threshold);
        if (candidates.Count == 0)
        {
            return new SegmentationResult(geometry.Height, geometry.Width, []);
        }

        var contest = new Contest([.. candidates.Select(candidate => candidate.Score)], geometry.Width, options);
        int[] owners = new int[geometry.Height * geometry.Width];
        using (var masks = new QueryMasks(logits, [.. candidates.Select(candidate => candidate.Query)], geometry))
        {
            Fight(masks, geometry, contest, owners);
        }

        var regions = LabelMap.ToMasks(owners, geometry.Height, geometry.Width, Nobody);
        return new SegmentationResult(geometry.Height, geometry.Width, Accept(candidates, contest, regions, options));
    }

    private static List<(int Query, int Label, float Score)> Select(ReadOnlySpan<float> probabilities, int classes, double threshold)
    {
        var candidates = new List<(int Query, int Label, float Score)>();
        for (int query = 0; query < probabilities.Length / (classes + 1); query++)
        {
            ReadOnlySpan<float> own = probabilities.Slice(query * (classes + 1), classes + 1);
            int label = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(own);
            if (label != classes && own[label] > threshold)
            {
                candidates.Add((query, label, own[label]));
            }
        }

        return candidates;
    }

    /// <summary>Runs through the target's rows; of the middle grid only the rows in use are kept.</summary>
    private static void Fight(QueryMasks masks, MaskGeometry geometry, Contest contest, int[] owners)
    {
        int width = geometry.Width;
        AxisMap? columns = geometry.IsMiddleTheTarget ? null : geometry.TargetColumns;
        AxisMap? rows = geometry.IsMiddleTheTarget ? null : geometry.TargetRows;
        float[] narrow = new float[masks.Width];
        int slots = rows?.Taps ?? 1;
        using var loan = new ArrayLoan<float>(slots * masks.Count * width);
        float[] kept = loan.Array;
        int[] keptRows = new int[slots];
        Array.Fill(keptRows, -1);
        for (int y = 0; y < geometry.Height; y++)
        {
            int first = rows?.Indices[y] ?? y, second = rows?.Indices[rows.Length + y] ?? y;
            float weight = rows?.Weights[rows.Length + y] ?? 0;
            int firstSlot = Keep(first, avoid: second), secondSlot = weight == 0 ? firstSlot : Keep(second, avoid: first);
            contest.Row(
                kept.AsSpan(firstSlot * masks.Count * width, masks.Count * width), kept.AsSpan(secondSlot * masks.Count * width, masks.Count * width),
                weight, owners.AsSpan(y * width, width));
        }

        int Keep(int row, int avoid)
        {
            int slot = Array.IndexOf(keptRows, row);
            if (slot >= 0)
            {
                return slot;
            }

            slot = Math.Max(0, Array.FindIndex(keptRows, own => own != avoid));
            keptRows[slot] = row;
            for (int query = 0; query < masks.Count; query++)
            {
                Span<float> wide = kept.AsSpan((slot * masks.Count + query) * width, width);
                if (columns is null)
                {
                    masks.ProbabilityRow(query, row, wide);
                }
                else
                {
                    masks.ProbabilityRow(query, row, narrow);
                    columns.Apply(narrow, wide);
                }
            }

            return slot;
        }
    }

    private static List<PredictedSegment> Accept(
        List<(int Query, int Label, float Score)> candidates, Contest contest, IReadOnlyDictionary<int, RunLengthMask> regions, PanopticOptions options)
    {
        var segments = new List<PredictedSegment>();
        var fusedAt = new Dictionary<int, int>();
        var parts = new Dictionary<int, List<(RunLengthMask Mask, float Score)>>();
        for (int i = 0; i < candidates.Count; i++)
        {
            long won = contest.Won(i), own = contest.Own(i);
            if (won == 0 || own == 0 || !regions.TryGetValue(i, out RunLengthMask? region))
            {
                continue;
            }

            double share = (double)won / own;
            bool isAccepted = options.Rule == PanopticRule.HuggingFace ? share > options.OverlapMaskAreaThreshold : share >= options.OverlapMaskAreaThreshold;
            if (!isAccepted)
            {
                continue;
            }

            (_, int label, float score) = candidates[i];
            bool fuses = options.LabelIdsToFuse?.Contains(label) == true;
            if (fuses && fusedAt.TryGetValue(label, out int at))
            {
                parts[at].Add((region, score));
                continue;
            }

            if (fuses)
            {
                fusedAt[label] = segments.Count;
                parts[segments.Count] = [(region, score)];
            }

            segments.Add(new PredictedSegment(segments.Count + 1, label, score, region, fuses));
        }

        foreach ((int at, List<(RunLengthMask Mask, float Score)> fused) in parts)
        {
            // A fused segment is as sure as its pixels are on average.
            double area = fused.Sum(part => part.Mask.Area);
            segments[at] = segments[at] with
            {
                Mask = RunLengthMask.Union(CollectionsMarshal.AsSpan(fused.ConvertAll(part => part.Mask))),
                Score = (float)(fused.Sum(part => part.Score * part.Mask.Area) / area),
            };
        }

        return segments;
    }

    /// <summary>Who is surest at each pixel, and how many pixels each would like to have.</summary>
    private sealed class Contest(float[] scores, int width, PanopticOptions options)
    {
        private readonly long[] _won = new long[scores.Length];
        private readonly long[] _own = new long[scores.Length];
        private readonly float[] _best = new float[width];
        private readonly float[] _bestProbability = new float[width];
        private readonly bool _weighs = options.Rule == PanopticRule.HuggingFace;
        private readonly float _threshold = (float)options.MaskThreshold;

        /// <summary>The pixels at which a candidate is the surest.</summary>
        public long Won(int candidate) => _won[candidate];

        /// <summary>The pixels that reach the mask threshold.</summary>
        public long Own(int candidate) => _own[candidate];

        /// <summary>Decides one row of pixels.</summary>
        /// <param name="first">(candidates, width) of the middle grid's row above.</param>
        /// <param name="second">The same of the row below.</param>
        /// <param name="weight">The weight of the row below.</param>
        /// <param name="owners">Gets the surest candidate of each pixel.</param>
        public void Row(ReadOnlySpan<float> first, ReadOnlySpan<float> second, float weight, Span<int> owners)
        {
            Array.Fill(_best, -1);
            for (int candidate = 0; candidate < scores.Length; candidate++)
            {
                _own[candidate] += Challenge(candidate, first.Slice(candidate * width, width), second.Slice(candidate * width, width), weight, owners);
            }

            for (int x = 0; x < owners.Length; x++)
            {
                _won[owners[x]]++;
                if (!_weighs && _bestProbability[x] < _threshold)
                {
                    owners[x] = Nobody;
                }
            }
        }

        private int Challenge(int candidate, ReadOnlySpan<float> first, ReadOnlySpan<float> second, float weight, Span<int> owners)
        {
            float score = scores[candidate];
            Vector256<float> below = Vector256.Create(weight), above = Vector256.Create(1 - weight), sureness = Vector256.Create(score);
            Vector256<float> threshold = Vector256.Create(_threshold);
            Vector256<int> self = Vector256.Create(candidate), own = default;
            int x = 0;
            for (; x + 8 <= width; x += 8)
            {
                Vector256<float> probability = Vector256.FusedMultiplyAdd(Vector256.Create(second[x..]), below, Vector256.Create(first[x..]) * above);
                Vector256<float> weighted = probability * sureness;
                own -= Vector256.GreaterThanOrEqual(_weighs ? weighted : probability, threshold).AsInt32();
                Vector256<float> best = Vector256.Create(_best.AsSpan(x));
                Vector256<float> wins = Vector256.GreaterThan(weighted, best);
                if (wins.AsInt32() == default)
                {
                    continue;
                }

                Vector256.ConditionalSelect(wins, weighted, best).CopyTo(_best.AsSpan(x));
                Vector256.ConditionalSelect(wins, probability, Vector256.Create(_bestProbability.AsSpan(x))).CopyTo(_bestProbability.AsSpan(x));
                Vector256.ConditionalSelect(wins.AsInt32(), self, Vector256.Create((ReadOnlySpan<int>)owners[x..])).CopyTo(owners[x..]);
            }

            int count = Vector256.Sum(own);
            for (; x < width; x++)
            {
                float probability = first[x] * (1 - weight) + second[x] * weight;
                float weighted = probability * score;
                count += (_weighs ? weighted : probability) >= _threshold ? 1 : 0;
                if (weighted > _best[x])
                {
                    (_best[x], _bestProbability[x], owners[x]) = (weighted, probability, candidate);
                }
            }

            return count;
        }
    }
}
