namespace MLNetVision.Models.Training.Optimization;

/// <summary>The course of the learning rate.</summary>
internal interface ILearningRateSchedule
{
    /// <summary>The share of the highest learning rate for a step, from 0 to 1.</summary>
    /// <param name="step">The steps of the optimiser before this one, from 0.</param>
    double FactorAt(long step);
}
