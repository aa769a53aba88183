namespace MLNetVision.Models.Training.History;

/// <summary>
/// A point in the course of a training: an epoch's end, an evaluation, or one of about a hundred points spread evenly over a training in
/// steps. Everything but the time is the same in every run of a training, however often it was interrupted.
/// </summary>
public sealed record TrainingPoint
{
    /// <summary>The steps taken so far, those that were left out included.</summary>
    public required long Step { get; init; }

    /// <summary>The passes over the training pictures so far, with their fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>The mean training loss since the point before; NaN if no step was finite.</summary>
    public required double Loss { get; init; }

    /// <summary>The share of training pictures, varied as they were, told right since the point before; null where none is computed.</summary>
    public double? Accuracy { get; init; }

    /// <summary>The loss on the validation data; null where none is computed.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The metric on the validation data, better the higher it is: accuracy, PQ, AP or mIoU; null where nothing was validated.</summary>
    public double? Score { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The seconds that the training took up to here, over all of its runs, validation and saving included.</summary>
    public required double Seconds { get; init; }
}
