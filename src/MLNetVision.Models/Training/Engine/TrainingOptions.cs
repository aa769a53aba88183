using MLNetVision.Imaging.Options;

namespace MLNetVision.Models.Training.Engine;

/// <summary>What all recipes have in common of how a model is trained.</summary>
public abstract record TrainingOptions
{
    private const int LargestDefaultThreads = 8;

    private protected TrainingOptions()
    {
    }

    /// <summary>The pictures of a batch.</summary>
    public abstract int BatchSize { get; init; }

    /// <summary>The batches whose gradients are averaged before a step of the optimiser, at least 1; by default 1.</summary>
    public int GradientAccumulation { get; init; } = 1;

    /// <summary>The highest learning rate for a batch of <see cref="LearningRateBatchSize"/>, above 0.</summary>
    public abstract double LearningRate { get; init; }

    /// <summary>
    /// The batch for which <see cref="LearningRate"/> is meant, at least 1: the rate used is LearningRate · BatchSize ·
    /// GradientAccumulation / LearningRateBatchSize; null uses <see cref="LearningRate"/> as it is.
    /// </summary>
    public abstract int? LearningRateBatchSize { get; init; }

    /// <summary>AdamW's weight decay, at least 0.</summary>
    public abstract double WeightDecay { get; init; }

    /// <summary>The largest L2 norm of all gradients together, above 0; larger ones are scaled down. Null turns clipping off.</summary>
    public abstract double? GradientClipping { get; init; }

    /// <summary>
    /// The steps in a row with a loss or gradient that is not finite after which the training fails; at least 1, by default
    /// 5. Fewer are left out and counted.
    /// </summary>
    public int NonFiniteStepLimit { get; init; } = 5;

    /// <summary>
    /// The decay of the exponential moving average of weights and buffers a step, above 0 and below 1, reached after a
    /// start with less: min(decay, (1 + step) / (10 + step)). The average is what is validated and kept. By default null:
    /// off. (LeViT's original: 0.99996.)
    /// </summary>
    public double? WeightAverageDecay { get; init; }

    /// <summary>
    /// The seconds that a training may take, above 0; the runs of an interrupted one count together. The learning rate then
    /// follows the share of the time that has passed, where that is more than the share of the steps, so that it has fallen
    /// when the time is up; the epochs or steps are the most there are. Reading the data beforehand does not count, and a
    /// first measuring after the last step, or fresh statistics (of a LeViT after few steps), come on top. By default null: no limit. With a limit the weights depend on the
    /// speed of the machine.
    /// </summary>
    public double? TrainTime { get; init; }

    /// <summary>
    /// The arithmetic of the forward and backward passes; by default float32. bfloat16 is meant for GPUs; a CPU computes in it
    /// just as exactly, but seldom faster.
    /// </summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>Where all randomness of the training comes from; by default 0. The same seed gives the same weights on the CPU.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// The threads that decode and vary pictures ahead of the training, at least 1; by default null: as many as the machine
    /// has processors, at most 8. The number never changes the result.
    /// </summary>
    public int? DataThreads { get; init; }

    /// <summary>The batches that are prepared ahead of the training at most, at least 1; by default 4.</summary>
    public int PrefetchBatches { get; init; } = 4;

    /// <summary>
    /// The threads that torch computes with while training, at least 1; by default null: as many as torch is set to. One is
    /// best for a network so small that its layers take microseconds, above all where other programs keep the processors
    /// busy. The number holds on the thread that trains, and belongs to what makes weights repeatable.
    /// </summary>
    public int? ComputeThreads { get; init; }

    /// <summary>
    /// A folder for the training's state. If it holds the state of a run with the same options and data, that run is resumed
    /// exactly; on the CPU, with the same number of torch threads, the final weights are those of an uninterrupted run. A folder
    /// serves one training at a time; a second one is refused. By default null: nothing is saved.
    /// </summary>
    public string? CheckpointFolder { get; init; }

    /// <summary>
    /// The steps after which the state is saved, at least 1; null: only where the training is measured and at its end. A
    /// cancelled run saves its state in either case.
    /// </summary>
    public abstract long? CheckpointSteps { get; init; }

    /// <summary>Whether the host reads a step's losses together with its gradients only; null where the device is a GPU.</summary>
    internal bool? ReadsLossesLate { get; init; }

    /// <summary>The options that decide the result: what changes no more than the speed has its default.</summary>
    internal TrainingOptions Deciding => this with { DataThreads = null, PrefetchBatches = 1, CheckpointFolder = null, CheckpointSteps = null };

    /// <summary>The threads that prepare pictures.</summary>
    internal int PreparingThreads => DataThreads ?? Math.Min(Environment.ProcessorCount, LargestDefaultThreads);

    /// <summary>The highest learning rate that is used.</summary>
    /// <param name="batchSize">The batch; <see cref="BatchSize"/>, or fewer where there are not so many pictures.</param>
    internal double HighestLearningRate(int batchSize) =>
        LearningRate * (LearningRateBatchSize is { } reference ? batchSize * (double)GradientAccumulation / reference : 1);

    /// <summary>Checks the ranges of what is in common.</summary>
    /// <param name="smallestBatch">The fewest pictures of a batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of its range.</exception>
    private protected void ValidateCommon(int smallestBatch)
    {
        OptionRange.Check(BatchSize, smallestBatch, int.MaxValue, nameof(BatchSize));
        OptionRange.Check(GradientAccumulation, 1, int.MaxValue, nameof(GradientAccumulation));
        OptionRange.Check(LearningRate, double.Epsilon, double.MaxValue, nameof(LearningRate));
        OptionRange.Check(LearningRateBatchSize ?? 1, 1, int.MaxValue, nameof(LearningRateBatchSize));
        OptionRange.Check(WeightDecay, 0, double.MaxValue, nameof(WeightDecay));
        OptionRange.Check(GradientClipping ?? 1, double.Epsilon, double.MaxValue, nameof(GradientClipping));
        OptionRange.Check(NonFiniteStepLimit, 1, int.MaxValue, nameof(NonFiniteStepLimit));
        OptionRange.Check(WeightAverageDecay ?? 0.5, double.Epsilon, 1 - 1e-9, nameof(WeightAverageDecay));
        OptionRange.Check(TrainTime ?? 1, double.Epsilon, double.MaxValue, nameof(TrainTime));
        OptionRange.Check(DataThreads ?? 1, 1, 1024, nameof(DataThreads));
        OptionRange.Check(PrefetchBatches, 1, 1024, nameof(PrefetchBatches));
        OptionRange.Check(ComputeThreads ?? 1, 1, 1024, nameof(ComputeThreads));
        OptionRange.Check(CheckpointSteps ?? 1, 1, double.MaxValue, nameof(CheckpointSteps));
        OptionRange.Check((int)Precision, (int)TrainingPrecision.Float32, (int)TrainingPrecision.BFloat16, nameof(Precision));
    }
}
