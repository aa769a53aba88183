using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>The exponential moving average of flat tensors: a model's weights and the floating buffers beside them.</summary>
/// <remarks>The decay starts low, min(decay, (1 + updates) / (10 + updates)), so that a short training is averaged as well.</remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly IReadOnlyList<Tensor> _sources;

    public WeightAverage(IReadOnlyList<Tensor> sources, double decay)
    {
        _decay = decay;
        _sources = sources;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Averages = [.. sources.Select(source => source.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The averages in the order of the sources.</summary>
    public IReadOnlyList<Tensor> Averages { get; }

    /// <summary>The updates so far.</summary>
    public long Updates { get; set; }

    /// <summary>The decay of the update with a number, from 1.</summary>
    public static double DecayAt(long update, double decay) => Math.Min(decay, (1.0 + update) / (10.0 + update));

    /// <summary>Moves the averages towards the sources' present values.</summary>
    public void Update()
    {
        Updates++;
        double step = 1 - DecayAt(Updates, _decay);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        for (int i = 0; i < _sources.Count; i++)
        {
            Tensor weight = TensorNumbers.Filled([], step, _sources[i].dtype, _sources[i].device); // made there: a copy would make the host wait
            Averages[i].lerp_(_sources[i], weight);
        }
    }

    /// <summary>Exchanges averages and sources; twice is as if never.</summary>
    public void Exchange()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        for (int i = 0; i < _sources.Count; i++)
        {
            Tensor present = _sources[i].clone();
            _sources[i].copy_(Averages[i]);
            Averages[i].copy_(present);
        }
    }

    public void Dispose()
    {
        foreach (Tensor average in Averages)
        {
            average.Dispose();
        }
    }
}
