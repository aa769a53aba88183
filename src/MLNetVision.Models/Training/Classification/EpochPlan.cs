namespace MLNetVision.Models.Training.Classification;

/// <summary>How an epoch's pictures are divided into batches, and batches into steps.</summary>
internal sealed class EpochPlan
{
    private readonly int _accumulation;

    /// <summary>Plans the epochs of a training.</summary>
    /// <param name="count">The training pictures, at least 2.</param>
    /// <param name="options">Batch size and accumulation.</param>
    public EpochPlan(int count, LevitTrainingOptions options)
    {
        _accumulation = options.GradientAccumulation;
        BatchSize = Math.Min(count, options.BatchSize);
        Batches = count / BatchSize;
        Steps = (Batches + _accumulation - 1) / _accumulation;
    }

    /// <summary>The pictures of a batch.</summary>
    public int BatchSize { get; }

    /// <summary>The batches of an epoch; what does not fill a batch is left out.</summary>
    public int Batches { get; }

    /// <summary>The optimiser's steps of an epoch.</summary>
    public int Steps { get; }

    /// <summary>The pictures of an epoch.</summary>
    public long Samples => (long)Batches * BatchSize;

    /// <summary>The first picture of a step, in the epoch's order.</summary>
    public long FirstSampleOf(int step) => Math.Min((long)step * _accumulation, Batches) * BatchSize;

    /// <summary>The batches of a step: as many as are accumulated, but those that remain in the last one.</summary>
    public IEnumerable<int> BatchesOf(int step)
    {
        int first = step * _accumulation;
        return Enumerable.Range(first, Math.Min(_accumulation, Batches - first));
    }
}
