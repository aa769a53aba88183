using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.Optimization;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.State;

/// <summary>The network in training with all that changes with it: weights, optimiser, average, frozen parts.</summary>
internal sealed class TrainingModel : IDisposable
{
    private readonly ITrainee _trainee;
    private readonly double? _clipping;
    private readonly List<TorchSharp.Modules.Parameter> _frozen;

    /// <param name="trainee">The network; it is disposed with this.</param>
    /// <param name="averageDecay">The decay of the weight average; null for none.</param>
    /// <param name="clipping">The norm above which gradients are scaled down; null for none.</param>
    public TrainingModel(ITrainee trainee, double? averageDecay, double? clipping)
    {
        (_trainee, _clipping) = (trainee, clipping);
        _frozen = [.. trainee.Frozen.SelectMany(part => part.parameters()).Where(parameter => parameter.requires_grad)];
        _frozen.ForEach(parameter => parameter.requires_grad = false);
        Weights = new TrainedWeights(trainee.Kept, trainee.Running, trainee.WeightDecay, trainee.LearningRateScale);
        Optimizer = new AdamW(Weights.Groups);
        Average = averageDecay is { } decay ? new WeightAverage(Weights.Flats, decay) : null;
    }

    /// <summary>The network whose weights are kept.</summary>
    public nn.Module Kept => _trainee.Kept;

    public TrainedWeights Weights { get; }

    public AdamW Optimizer { get; }

    public WeightAverage? Average { get; }

    /// <summary>The weights that would be kept: the averaged ones where averaging is on.</summary>
    public IReadOnlyList<Tensor> KeptFlats => Average?.Averages ?? Weights.Flats;

    /// <summary>Turns train mode on, but for frozen parts.</summary>
    public void Train()
    {
        _trainee.Running.train();
        foreach (nn.Module part in _trainee.Frozen)
        {
            part.eval();
        }
    }

    /// <summary>Clears the gradients and seeds the layers' own randomness.</summary>
    public void BeginStep(RandomStream random)
    {
        _trainee.Randomness.manual_seed((long)(random.NextBits() >> 1));
        Weights.BeginStep();
    }

    /// <summary>Clips and applies the gradients, if they and the loss are finite; otherwise undoes what the passes did to the buffers.</summary>
    /// <param name="losses">The step's losses; the host has them afterwards.</param>
    /// <param name="learningRate">The step's.</param>
    /// <returns>The norm of the gradients before clipping; not finite where nothing was applied.</returns>
    public double Update(StepLosses losses, double learningRate)
    {
        double norm = NormOf(losses);

        if (!double.IsFinite(norm))
        {
            Weights.RestoreBuffers();
            Weights.Collect();
            return norm;
        }

        if (_clipping is { } maximum)
        {
            GradientNorm.Clip(Weights.Groups, norm, maximum);
        }

        Optimizer.Step(learningRate);
        Weights.Publish();
        Average?.Update();
        return norm;
    }

    private double NormOf(StepLosses losses)
    {
        if (losses.IsKnown && !double.IsFinite(losses.Sum.Loss))
        {
            return double.NaN;
        }

        Weights.Collect();
        if (losses.IsKnown)
        {
            return GradientNorm.Of(Weights.Groups);
        }

        double norm = Math.Sqrt(losses.ReadWith(GradientNorm.SquareOnDevice(Weights.Groups)));
        return double.IsFinite(losses.Sum.Loss) ? norm : double.NaN;
    }

    /// <summary>Uses the network in eval mode with the weights that would be kept, then puts those of the training back.</summary>
    public T WithKeptWeights<T>(Func<T> use)
    {
        Average?.Exchange();
        Kept.eval();
        try
        {
            return use();
        }
        finally
        {
            Average?.Exchange();
        }
    }

    /// <summary>Leaves in the network, in eval mode, the best weights, or without them those that would be kept.</summary>
    public void Finish(IReadOnlyList<Tensor> best)
    {
        Weights.CopyFrom(best.Count > 0 ? best : KeptFlats);
        Kept.eval();
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Weights.Dispose();
        _frozen.ForEach(parameter => parameter.requires_grad = true);
        _trainee.Dispose();
    }
}
