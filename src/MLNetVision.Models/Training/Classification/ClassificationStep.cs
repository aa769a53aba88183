using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>The forward and backward passes of a step.</summary>
internal sealed class ClassificationStep(LevitStudent running, ClassificationObjective objective, InputScaling scaling, bool readsLate)
{
    private readonly Device _device = running.Module.parameters().First().device;
    private readonly ScalarType _inputType = running.Module.parameters().First().dtype;

    /// <summary>Adds the gradients of batches of at least two pictures each; where losses are read at once, it stops at the first that is not finite.</summary>
    public StepLosses Backward(IReadOnlyList<(LabelledPictures Batch, BatchMixing Mixing)> batches)
    {
        long seen = batches.Sum(item => item.Batch.Count);
        if (readsLate && batches.Count > 0)
        {
            Tensor? values = null;
            foreach ((LabelledPictures batch, BatchMixing mixing) in batches)
            {
                values = Launch(batch, mixing, 1.0 / batches.Count, values);
            }

            return new StepLosses(values!, numbers => new StepSum(numbers[0], seen, (long)numbers[1]));
        }

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

        return new StepLosses(new StepSum(loss, seen, right));
    }

    private (double Loss, long Right) Backward(LabelledPictures batch, BatchMixing mixing, double share)
    {
        using var scope = NewDisposeScope();
        using GraphMemory memory = GraphMemory.Begin();
        (Tensor loss, Tensor right) = Forward(batch, mixing);
        double value = loss.ToNumber();
        if (double.IsFinite(value))
        {
            loss.Times(share).backward();
        }

        return (value, right.ToWholeNumber());
    }

    // The share of the loss, and the pictures told right, added to those of the batches before.
    private Tensor Launch(LabelledPictures batch, BatchMixing mixing, double share, Tensor? before)
    {
        using var scope = NewDisposeScope();
        using GraphMemory memory = GraphMemory.Begin();
        (Tensor loss, Tensor right) = Forward(batch, mixing);
        Tensor values = stack([loss.detach().to(ScalarType.Float64).Times(share), right.to(ScalarType.Float64)]);
        loss.Times(share).backward();
        return (before?.Plus(values) ?? values).MoveToOuterDisposeScope();
    }

    private (Tensor Loss, Tensor Right) Forward(LabelledPictures batch, BatchMixing mixing)
    {
        Tensor pixels = mixing.Mix(batch.ToUnitRange(_device));
        Tensor? teaching = objective.Teach(pixels);
        Tensor input = scaling.Apply(pixels).to(_inputType);
        return objective.Compute(running, input, DeviceUpload.To(batch.Classes, _device), mixing, teaching);
    }
}
