using MLNetVision.Models.Training.Engine;

namespace MLNetVision.Projects.Runs;

/// <summary>What the training of a project is doing.</summary>
public enum ProjectTrainingPhase
{
    /// <summary>It has settled what it does, and begins.</summary>
    Planned,

    /// <summary>It trains.</summary>
    Training,

    /// <summary>It writes the model.</summary>
    Writing,

    /// <summary>It measures the model and writes the figures.</summary>
    Evaluating,
}

/// <summary>Where the training of a project stands.</summary>
public sealed record ProjectTrainingProgress
{
    /// <summary>What it is doing.</summary>
    public required ProjectTrainingPhase Phase { get; init; }

    /// <summary>What it does.</summary>
    public required ProjectTrainingPlan Plan { get; init; }

    /// <summary>After a step or a measurement of the training, that; otherwise null.</summary>
    public TrainingProgress? Step { get; init; }

    /// <summary>The metric on the validation data, where it was measured just now.</summary>
    public double? Score { get; init; }
}
