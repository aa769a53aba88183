using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Metrics.Thresholds;

/// <summary>The scores of one class's predictions, right and wrong ones counted apart in steps of a thousandth, so that memory does not grow with the data.</summary>
internal sealed class ScoreCounts
{
    /// <summary>The steps from 0 to 1.</summary>
    public const int Steps = 1000;

    private readonly long[] _right = new long[Steps + 1];
    private readonly long[] _wrong = new long[Steps + 1];

    /// <summary>Counts a prediction; a score that is not a number reaches no threshold.</summary>
    public void Add(double score, bool isRight)
    {
        if (!double.IsNaN(score))
        {
            // A score of 0.29 as a float lies below 0.29, so what is nearly at a threshold reaches it.
            int step = (int)Math.Clamp(Math.Floor(score * Steps + 1e-4), 0, Steps);
            (isRight ? _right : _wrong)[step]++;
        }
    }

    /// <summary>Takes over what another counted.</summary>
    public void Merge(ScoreCounts other)
    {
        for (int i = 0; i <= Steps; i++)
        {
            _right[i] += other._right[i];
            _wrong[i] += other._wrong[i];
        }
    }

    /// <param name="name">The class's name.</param>
    /// <param name="truths">The class's truths, found or not.</param>
    public ThresholdCurve ToCurve(string name, long truths)
    {
        double[] precision = new double[Steps + 1], recall = new double[Steps + 1], f1 = new double[Steps + 1];
        long right = 0;
        long wrong = 0;
        for (int i = Steps; i >= 0; i--)
        {
            right += _right[i];
            wrong += _wrong[i];
            precision[i] = truths == 0 ? double.NaN : right + wrong == 0 ? 1 : right / (double)(right + wrong);
            recall[i] = Undefined.Ratio(right, truths);
            f1[i] = truths == 0 ? double.NaN : 2.0 * right / (right + wrong + truths);
        }

        return new ThresholdCurve(name, truths, precision, recall, f1);
    }
}
