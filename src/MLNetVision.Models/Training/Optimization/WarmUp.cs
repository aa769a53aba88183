namespace MLNetVision.Models.Training.Optimization;

/// <summary>The linear rise that each schedule may begin with (Goyal et al. 2017, section 2.2).</summary>
internal static class WarmUp
{
    /// <summary>(step + 1) / (steps + 1) within the warm-up, 1 after it.</summary>
    public static double FactorAt(long step, long steps) => step < steps ? (step + 1.0) / (steps + 1.0) : 1;
}
