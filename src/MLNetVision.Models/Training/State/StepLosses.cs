using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.State;

/// <summary>
/// What the batches of a step gave, perhaps still on the device: it then comes to the host together with the norm of the gradients,
/// so that the host waits for the passes once.
/// </summary>
internal sealed class StepLosses
{
    private readonly Tensor? _values;
    private readonly Func<double[], StepSum>? _read;
    private StepSum _sum;

    /// <param name="sum">What is known already.</param>
    public StepLosses(StepSum sum) => (_sum, IsKnown) = (sum, true);

    /// <param name="values">(values) on the device, in the dispose scope of the step.</param>
    /// <param name="read">What they mean.</param>
    public StepLosses(Tensor values, Func<double[], StepSum> read) => (_values, _read) = (values, read);

    /// <summary>Whether the host has the numbers.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>What the batches gave; the host must have it.</summary>
    public StepSum Sum => IsKnown ? _sum : throw new InvalidOperationException("The step's losses were not read.");

    /// <summary>Brings the numbers to the host, and one more with them.</summary>
    /// <param name="more">A scalar on the same device.</param>
    /// <returns>The scalar.</returns>
    public double ReadWith(Tensor more)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        double[] all = cat([_values!.to(ScalarType.Float64), more.to(ScalarType.Float64).view(1)]).cpu().data<double>().ToArray();
        _sum = _read!(all[..^1]);
        IsKnown = true;
        return all[^1];
    }
}
