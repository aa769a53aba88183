namespace MLNetVision.Models.Training.State;

/// <summary>What the weights that would be kept reach on validation data.</summary>
/// <param name="Loss">The loss; null where none is computed.</param>
/// <param name="Score">What is better the higher it is; null without validation.</param>
internal readonly record struct Measurement(double? Loss, double? Score);

/// <summary>A point of a training at which it is measured: an epoch's end, or an evaluation.</summary>
/// <param name="Step">The steps taken before it.</param>
/// <param name="Loss">The mean training loss since the point of the history before; NaN if no step was finite.</param>
/// <param name="Accuracy">The share of training pictures told right since then.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
internal sealed record Milestone(long Step, double Loss, double Accuracy, Measurement Measured, double LearningRate);
