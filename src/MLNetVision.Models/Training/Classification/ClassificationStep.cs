using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>One step of the optimiser: forward and backward over the batches of a step, clipping, update, averaging.</summary>
internal sealed class ClassificationStep(
    LevitStudent running, TrainedWeights weights, AdamW optimizer, WeightAverage? average, ClassificationObjective objective, InputScaling scaling,
    double? clipping)
{
    private readonly Device _device = running.Module.parameters().First().device;
    private readonly ScalarType _inputType = running.Module.parameters().First().dtype;

    /// <summary>What a step did.</summary>
    /// <param name="Loss">The mean loss of its batches.</param>
    /// <param name="Right">The pictures told right.</param>
    /// <param name="Seen">The pictures.</param>
    /// <param name="Updated">Whether the weights were changed; not if the loss or the gradient was not finite.</param>
    public readonly record struct Outcome(double Loss, long Right, long Seen, bool Updated);

    /// <summary>Takes a step on batches of at least two pictures each.</summary>
    public Outcome Take(IReadOnlyList<(LabelledPictures Batch, BatchMixing Mixing)> batches, double learningRate)
    {
        weights.BeginStep();
        double loss = 0;
        long right = 0;
        foreach ((LabelledPictures batch, BatchMixing mixing) in batches)
        {
            (double batchLoss, long batchRight) = Backward(batch, mixing, 1.0 / batches.Count);
            loss += batchLoss / batches.Count;
            right += batchRight;
            if (!double.IsFinite(batchLoss))
            {
                break;
            }
        }

        bool updated = double.IsFinite(loss) && Update(learningRate);
        if (!updated)
        {
            weights.RestoreBuffers();
        }

        return new Outcome(loss, right, batches.Sum(item => item.Batch.Count), updated);
    }

    private (double Loss, long Right) Backward(LabelledPictures batch, BatchMixing mixing, double share)
    {
        using var scope = NewDisposeScope();
        using GraphMemory memory = GraphMemory.Begin();
        Tensor pixels = mixing.Mix(batch.ToUnitRange(_device));
        Tensor? teaching = objective.Teach(pixels);
        Tensor input = scaling.Apply(pixels).to(_inputType);
        (Tensor loss, Tensor right) = objective.Compute(running, input, batch.Classes.to(_device), mixing, teaching);
        double value = loss.ToNumber();
        if (double.IsFinite(value))
        {
            loss.Times(share).backward();
        }

        return (value, right.ToWholeNumber());
    }

    private bool Update(double learningRate)
    {
        weights.Collect();
        double norm = GradientNorm.Of(weights.Groups);
        if (!double.IsFinite(norm))
        {
            return false;
        }

        if (clipping is { } maximum)
        {
            GradientNorm.Clip(weights.Groups, norm, maximum);
        }

        optimizer.Step(learningRate);
        weights.Publish();
        average?.Update();
        return true;
    }
}
