using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.State;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>The forward and backward passes of a step.</summary>
internal sealed class ClassificationStep(LevitStudent running, ClassificationObjective objective, InputScaling scaling)
{
    private readonly Device _device = running.Module.parameters().First().device;
    private readonly ScalarType _inputType = running.Module.parameters().First().dtype;

    /// <summary>Adds the gradients of batches of at least two pictures each; stops at the first loss that is not finite.</summary>
    public StepSum Backward(IReadOnlyList<(LabelledPictures Batch, BatchMixing Mixing)> batches)
    {
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

        return new StepSum(loss, batches.Sum(item => item.Batch.Count), right);
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
}
