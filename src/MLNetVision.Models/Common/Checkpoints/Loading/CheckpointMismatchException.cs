namespace MLNetVision.Models.Common.Checkpoints.Loading;

/// <summary>A checkpoint's keys or shapes do not fit the model. Nothing was loaded.</summary>
public sealed class CheckpointMismatchException : Exception
{
    internal CheckpointMismatchException(string message, LoadReport report)
        : base(message) => Report = report;

    /// <summary>The differences; what it lists as loaded is what would fit.</summary>
    public LoadReport Report { get; }
}
