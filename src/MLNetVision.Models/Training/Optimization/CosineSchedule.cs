namespace MLNetVision.Models.Training.Optimization;

/// <summary>A linear warm-up, then half a cosine (Loshchilov and Hutter 2017, equation 5) down to the final factor.</summary>
/// <param name="steps">All steps of the training, the warm-up included.</param>
/// <param name="warmUpSteps">The steps of the warm-up.</param>
/// <param name="finalFactor">The factor that the cosine reaches at <paramref name="steps"/>.</param>
internal sealed class CosineSchedule(long steps, long warmUpSteps, double finalFactor) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double FactorAt(long step)
    {
        if (step < warmUpSteps)
        {
            return WarmUp.FactorAt(step, warmUpSteps);
        }

        double progress = Math.Min(1, (step - warmUpSteps) / (double)Math.Max(1, steps - warmUpSteps));
        return finalFactor + (1 - finalFactor) * 0.5 * (1 + Math.Cos(Math.PI * progress));
    }
}
