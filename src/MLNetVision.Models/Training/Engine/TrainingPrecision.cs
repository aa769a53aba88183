namespace MLNetVision.Models.Training.Engine;

/// <summary>The arithmetic of the training's forward and backward passes.</summary>
public enum TrainingPrecision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// bfloat16 for convolutions, linear layers and attention; float32 for batch normalisation, the loss, the optimiser
    /// and the weights that are kept.
    /// </summary>
    BFloat16,
}
