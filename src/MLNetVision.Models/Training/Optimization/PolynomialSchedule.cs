namespace MLNetVision.Models.Training.Optimization;

/// <summary>A linear warm-up times (1 − step / steps) to a power (DeepLab, Chen et al. 2018, section 4.1.1).</summary>
/// <param name="steps">All steps of the training.</param>
/// <param name="power">The power; Mask2Former's semantic recipes have 0.9.</param>
/// <param name="warmUpSteps">The steps of the warm-up.</param>
internal sealed class PolynomialSchedule(long steps, double power, long warmUpSteps = 0) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double FactorAt(long step) =>
        WarmUp.FactorAt(step, warmUpSteps) * Math.Pow(Math.Max(0, 1 - step / (double)steps), power);
}
