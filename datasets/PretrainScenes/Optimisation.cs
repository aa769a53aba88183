using MLNetVision.Models.Training.Optimization;
using static TorchSharp.torch;

namespace PretrainScenes;

/// <summary>
/// AdamW with clipped gradients, at a rate with a linear warm-up and then half a cosine down to 0. It is the library's own:
/// TorchSharp's leaves numbers to the finalizer, which may free them under the call while other threads paint pictures.
/// </summary>
internal sealed class Optimisation : IDisposable
{
    private const double WeightDecay = 0.05, LargestNorm = 1;
    private readonly TrainedWeights[] _weights;
    private readonly ParameterGroup[] _groups;
    private readonly AdamW _optimizer;

    public Optimisation(params nn.Module[] modules)
    {
        _weights = [.. modules.Select(module => new TrainedWeights(module, module, (_, _) => WeightDecay))];
        _groups = [.. _weights.SelectMany(weights => weights.Groups)];
        _optimizer = new AdamW(_groups);
    }

    /// <summary>The learning rate's highest value.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The steps of the warm-up.</summary>
    public required int WarmUp { get; init; }

    /// <summary>The steps of the training.</summary>
    public required int Steps { get; init; }

    /// <summary>Takes a step by a loss.</summary>
    public void Step(Tensor loss, int step)
    {
        Array.ForEach(_weights, weights => weights.BeginStep());
        loss.backward();
        double norm = GradientNorm.Of(_groups);
        GradientNorm.Clip(_groups, norm, LargestNorm);
        _optimizer.Step(LearningRate * Math.Min(1, (double)step / WarmUp) * (0.5 + 0.5 * Math.Cos(Math.PI * step / Steps)));
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Array.ForEach(_weights, weights => weights.Dispose());
    }
}
