namespace MLNetVision.Models.Training.Classification;

/// <summary>What an epoch reached.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">The mean training loss; NaN if no step was finite.</param>
/// <param name="Accuracy">The accuracy on the augmented training pictures, from 0 to 1; NaN if no step was finite.</param>
/// <param name="ValidationLoss">The mean cross-entropy on the validation pictures; null without them.</param>
/// <param name="ValidationAccuracy">The accuracy on the validation pictures, from 0 to 1; null without them.</param>
/// <param name="LearningRate">The learning rate of the epoch's last step.</param>
/// <remarks>Validation uses the weights that would be kept: the averaged ones where averaging is on.</remarks>
public sealed record EpochSummary(
    int Epoch, double Loss, double Accuracy, double? ValidationLoss, double? ValidationAccuracy, double LearningRate);
