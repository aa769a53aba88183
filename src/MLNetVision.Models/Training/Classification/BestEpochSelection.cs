namespace MLNetVision.Models.Training.Classification;

/// <summary>Which epoch's weights a training leaves in the model.</summary>
public enum BestEpochSelection
{
    /// <summary>The highest validation accuracy; among equals the lowest validation loss. Without validation data, the last epoch.</summary>
    ValidationAccuracy,

    /// <summary>The lowest validation loss. Without validation data, the last epoch.</summary>
    ValidationLoss,

    /// <summary>The last epoch.</summary>
    Last,
}
