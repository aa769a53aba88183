namespace MLNetVision.Models.Training.Engine;

/// <summary>The arithmetic of the training's forward and backward passes.</summary>
public enum TrainingPrecision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// bfloat16 for convolutions, linear layers and attention; float32 for norms, for where deformable attention looks, for the
    /// weights of windowed attention, for matching and losses, for the optimiser and for the weights that are kept.
    /// </summary>
    BFloat16,
}
