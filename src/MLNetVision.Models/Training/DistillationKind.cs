namespace MLNetVision.Models.Training;

/// <summary>What a student takes from its teacher (DeiT, Touvron et al. 2021, section 4; LeViT, section 5.1).</summary>
public enum DistillationKind
{
    /// <summary>The teacher's most probable class, as if it were a label.</summary>
    Hard,

    /// <summary>The teacher's probabilities: Kullback–Leibler divergence at a temperature, times its square.</summary>
    Soft,
}
