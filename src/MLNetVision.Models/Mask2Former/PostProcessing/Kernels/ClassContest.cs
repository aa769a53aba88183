using System.Runtime.Intrinsics;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>Which class is the surest at each pixel, and how sure it is; classes may come in any order.</summary>
internal sealed unsafe class ClassContest
{
    private readonly int _width;
    private readonly int[] _owners;
    private readonly float[] _best;

    /// <param name="height">The picture's rows.</param>
    /// <param name="width">The picture's columns.</param>
    public ClassContest(int height, int width)
    {
        _width = width;
        _owners = new int[checked(height * width)];
        _best = new float[_owners.Length];
        Array.Fill(_best, -1); // below every score
    }

    /// <summary>The surest class of each pixel, row after row.</summary>
    public ReadOnlySpan<int> Owners => _owners;

    /// <summary>The score of the surest class of each pixel.</summary>
    public ReadOnlySpan<float> Scores => _best;

    /// <summary>The smallest of the best scores in a part of a row.</summary>
    public float Smallest(int row, int column, int count) =>
        System.Numerics.Tensors.TensorPrimitives.Min<float>(_best.AsSpan(row * _width + column, count));

    /// <summary>A class wins the pixels where its score is larger, or as large while its number is smaller.</summary>
    /// <param name="label">The class.</param>
    /// <param name="row">The row of pixels.</param>
    /// <param name="column">The first of them.</param>
    /// <param name="count">Their number.</param>
    /// <param name="above">The class' scores in the row above; a pixel's score lies between this and the other.</param>
    /// <param name="below">Those in the row below.</param>
    /// <param name="weight">The weight of the row below.</param>
    public void Challenge(int label, int row, int column, int count, float* above, float* below, float weight)
    {
        fixed (float* bestOfRow = &_best[row * _width + column])
        fixed (int* ownersOfRow = &_owners[row * _width + column])
        {
            Vector256<float> ofBelow = Vector256.Create(weight), ofAbove = Vector256.Create(1 - weight);
            Vector256<int> self = Vector256.Create(label);
            int x = 0;
            for (; x + Vector256<float>.Count <= count; x += Vector256<float>.Count)
            {
                Vector256<float> score = Vector256.FusedMultiplyAdd(Vector256.Load(below + x), ofBelow, Vector256.Load(above + x) * ofAbove);
                Vector256<float> best = Vector256.Load(bestOfRow + x);
                if (!Vector256.GreaterThanOrEqualAny(score, best))
                {
                    continue;
                }

                Vector256<int> owners = Vector256.Load(ownersOfRow + x);
                Vector256<int> wins = Vector256.GreaterThan(score, best).AsInt32() | (Vector256.Equals(score, best).AsInt32() & Vector256.LessThan(self, owners));
                Vector256.Store(Vector256.ConditionalSelect(wins.AsSingle(), score, best), bestOfRow + x);
                Vector256.Store(Vector256.ConditionalSelect(wins, self, owners), ownersOfRow + x);
            }

            for (; x < count; x++)
            {
                // As the vectors round, so that a pixel does not depend on where its row is cut.
                float score = MathF.FusedMultiplyAdd(below[x], weight, above[x] * (1 - weight));
                if (score > bestOfRow[x] || (score == bestOfRow[x] && label < ownersOfRow[x]))
                {
                    (bestOfRow[x], ownersOfRow[x]) = (score, label);
                }
            }
        }
    }
}
