namespace MLNetVision.Models.Training.Engine;

/// <summary>Why a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs or steps were done.</summary>
    Completed,

    /// <summary>The validation did not improve for as many epochs as early stopping waits.</summary>
    StoppedEarly,

    /// <summary>It was cancelled; the model holds the best weights until then.</summary>
    Cancelled,
}
