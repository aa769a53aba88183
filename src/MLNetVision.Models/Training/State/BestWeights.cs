using static TorchSharp.torch;

namespace MLNetVision.Models.Training.State;

/// <summary>What comes first among measurements: the higher first number, among equals the higher second one.</summary>
internal readonly record struct MeasurementRank(double First, double Second = 0);

/// <summary>The weights of the milestone that ranks first so far.</summary>
/// <param name="rank">Ranks a measurement.</param>
/// <param name="keepsWeights">Whether weights are kept, or only ranks compared.</param>
internal sealed class BestWeights(Func<Measurement, MeasurementRank> rank, bool keepsWeights = true) : IDisposable
{
    /// <summary>Copies of the weights and buffers in the order of the trained ones; empty before the first.</summary>
    public IReadOnlyList<Tensor> Flats { get; private set; } = [];

    /// <summary>Whether the best milestone's weights are kept at all.</summary>
    public bool KeepsWeights => keepsWeights;

    /// <summary>Whether a measurement ranks before the best one so far; what is not a number never does.</summary>
    public bool IsBetter(Measurement measured, Measurement? best)
    {
        MeasurementRank own = rank(measured);
        if (double.IsNaN(own.First) || double.IsNaN(own.Second))
        {
            return false;
        }

        return best is not { } other || own.First > rank(other).First || (own.First == rank(other).First && own.Second > rank(other).Second);
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
