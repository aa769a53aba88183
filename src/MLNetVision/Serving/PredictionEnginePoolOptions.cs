namespace MLNetVision.Serving;

/// <summary>How a <see cref="PredictionEnginePool{TInput, TOutput}"/> works.</summary>
public sealed class PredictionEnginePoolOptions
{
    /// <summary>The most predictions at once, and so the most engines, at least 1; further callers wait. By default as many as the process may use processors.</summary>
    public int MaximumEngines { get; init; } = Environment.ProcessorCount;

    /// <summary>How often the model's file is looked at for a change; null for never. By default every second.</summary>
    public TimeSpan? WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumEngines, 1);
        if (WatchInterval is { } interval && (interval <= TimeSpan.Zero || interval > TimeSpan.FromDays(1)))
        {
            throw new ArgumentOutOfRangeException(nameof(WatchInterval), interval, $"{nameof(WatchInterval)} must be above zero and at most a day, or null for never.");
        }
    }
}
