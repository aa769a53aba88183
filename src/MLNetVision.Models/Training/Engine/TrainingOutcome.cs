namespace MLNetVision.Models.Training.Engine;

/// <summary>Why a training ended.</summary>
public enum TrainingOutcome
{
    /// <summary>All epochs or steps were done.</summary>
    Completed,

    /// <summary>The validation did not improve for as many epochs or evaluations as early stopping waits.</summary>
    StoppedEarly,

    /// <summary>It was cancelled; the model holds the weights of the best measurement until then, or where none was made the latest.</summary>
    Cancelled,

    /// <summary>The time that it was given was used.</summary>
    TimeUp,
}
