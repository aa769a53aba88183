namespace MLNetVision.Models.Training.Optimization;

/// <summary>A linear warm-up, then a constant that is multiplied by a factor at each milestone.</summary>
/// <param name="milestones">The steps from which the factor holds, ascending.</param>
/// <param name="decay">The factor at each milestone; Mask2Former's COCO recipe has 0.1.</param>
/// <param name="warmUpSteps">The steps of the warm-up.</param>
internal sealed class StepSchedule(IReadOnlyList<long> milestones, double decay, long warmUpSteps = 0) : ILearningRateSchedule
{
    /// <inheritdoc/>
    public double FactorAt(long step) =>
        WarmUp.FactorAt(step, warmUpSteps) * Math.Pow(decay, milestones.Count(milestone => step >= milestone));
}
