using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Engine;

/// <summary>The weights of the epoch that ranks first so far.</summary>
internal sealed class BestWeights(BestEpochSelection selection) : IDisposable
{
    /// <summary>Copies of the weights and buffers in the order of the trained ones; empty before the first.</summary>
    public IReadOnlyList<Tensor> Flats { get; private set; } = [];

    /// <summary>Whether the best epoch's weights are kept at all.</summary>
    public bool KeepsWeights => selection != BestEpochSelection.Last;

    /// <summary>Whether an epoch ranks before another one; a result that is not a number never does.</summary>
    public bool IsBetter(EpochSummary epoch, EpochSummary? best)
    {
        if (double.IsNaN(epoch.ValidationLoss ?? double.NaN))
        {
            return false;
        }

        if (best is null || selection == BestEpochSelection.ValidationLoss)
        {
            return best is null || epoch.ValidationLoss < best.ValidationLoss;
        }

        return epoch.ValidationAccuracy > best.ValidationAccuracy
            || (epoch.ValidationAccuracy == best.ValidationAccuracy && epoch.ValidationLoss < best.ValidationLoss);
    }

    /// <summary>Keeps copies of these tensors instead.</summary>
    public void Keep(IReadOnlyList<Tensor> flats)
    {
        Dispose();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Flats = [.. flats.Select(flat => flat.detach().clone().DetachFromDisposeScope())];
    }

    public void Dispose()
    {
        foreach (Tensor flat in Flats)
        {
            flat.Dispose();
        }

        Flats = [];
    }
}
