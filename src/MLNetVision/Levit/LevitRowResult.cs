namespace MLNetVision.Levit;

/// <summary>What LeViT makes of one picture.</summary>
/// <param name="Probabilities">One per class; empty if no column that is made of them was asked for.</param>
/// <param name="Features">The pooled features; empty if they were not asked for.</param>
internal sealed record LevitRowResult(float[] Probabilities, float[] Features);
