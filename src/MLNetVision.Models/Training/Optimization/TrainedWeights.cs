using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>
/// The float32 weights and buffers of a model in training, contiguous by group, and their link to the copy of the model
/// that runs, where that computes in another precision. Parameters that need no gradient are left alone.
/// </summary>
internal sealed class TrainedWeights : IDisposable
{
    private readonly List<ParameterGroup>? _runningGroups;
    private readonly FlatTensors? _runningBuffers;
    private readonly Tensor _buffersBefore;

    /// <summary>Takes over the tensors of a model.</summary>
    /// <param name="kept">The model whose weights are trained.</param>
    /// <param name="running">The model that runs: the same one, or a copy with the same names in other element types.</param>
    /// <param name="weightDecay">The decay of a parameter, by its name and value.</param>
    /// <param name="learningRateScale">A parameter's share of the learning rate, by its name; 1 by default.</param>
    public TrainedWeights(nn.Module kept, nn.Module running, Func<string, Tensor, double> weightDecay, Func<string, double>? learningRateScale = null)
    {
        bool apart = !ReferenceEquals(kept, running);
        Dictionary<string, Tensor> runningByName = running.named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        var groups = kept.named_parameters()
            .Where(item => item.parameter.requires_grad)
            .Select(item => (Name: item.name, Tensor: (Tensor)item.parameter))
            .GroupBy(item => (Decay: weightDecay(item.Name, item.Tensor), Scale: learningRateScale?.Invoke(item.Name) ?? 1, runningByName[item.Name].dtype))
            .OrderBy(group => group.Key)
            .ToArray();
        Groups = [.. groups.Select(group => new ParameterGroup(group, group.Key.Decay, group.Key.Scale))];
        Buffers = new FlatTensors(FloatBuffers(kept));
        if (apart)
        {
            _runningGroups = [.. groups.Select(group => new ParameterGroup(group.Select(item => (item.Name, runningByName[item.Name])), 0))];
            _runningBuffers = new FlatTensors(FloatBuffers(running));
        }

        _buffersBefore = zeros_like(Buffers.Flat).DetachFromDisposeScope();
        Publish();
    }

    /// <summary>The float32 parameters in training, by what the optimiser does with them.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The floating buffers: the statistics of the batch normalisations.</summary>
    public FlatTensors Buffers { get; }

    /// <summary>Everything that training changes: the values of each group, then the buffers.</summary>
    public IReadOnlyList<Tensor> Flats => [.. Groups.Select(group => group.Values), Buffers.Flat];

    /// <summary>Names and views of what training changes, or of tensors of the same layout; the caller owns the views.</summary>
    /// <param name="flats">Tensors of the layout of <see cref="Flats"/>, or of its first ones.</param>
    public IEnumerable<(string Name, Tensor View)> Named(IReadOnlyList<Tensor> flats)
    {
        for (int i = 0; i < flats.Count; i++)
        {
            (IEnumerable<string> names, IEnumerable<Tensor> views) = i < Groups.Count
                ? (Groups[i].Names, Groups[i].Views(flats[i]))
                : (Buffers.Names, Buffers.Views(flats[i]));
            foreach ((string name, Tensor view) in names.Zip(views))
            {
                yield return (name, view);
            }
        }
    }

    /// <summary>Sets everything that training changes.</summary>
    /// <param name="flats">Tensors of the layout of <see cref="Flats"/>, which may be those themselves.</param>
    public void CopyFrom(IReadOnlyList<Tensor> flats)
    {
        using var _ = no_grad();
        foreach ((Tensor target, Tensor source) in Flats.Zip(flats))
        {
            if (!ReferenceEquals(target, source))
            {
                target.copy_(source);
            }
        }
    }

    /// <summary>Clears the gradients and remembers the buffers.</summary>
    public void BeginStep()
    {
        using var _ = no_grad();
        foreach (ParameterGroup group in _runningGroups ?? Groups)
        {
            group.ClearGradients();
        }

        _buffersBefore.copy_((_runningBuffers ?? Buffers).Flat);
    }

    /// <summary>Undoes what a forward pass did to the buffers since <see cref="BeginStep"/>.</summary>
    public void RestoreBuffers()
    {
        using var _ = no_grad();
        (_runningBuffers ?? Buffers).Flat.copy_(_buffersBefore);
    }

    /// <summary>Brings gradients and buffers from the model that runs to the kept one.</summary>
    public void Collect()
    {
        using var _ = no_grad();
        foreach (ParameterGroup group in _runningGroups ?? Groups)
        {
            group.CollectGradients();
        }

        if (_runningGroups is null)
        {
            return;
        }

        for (int i = 0; i < Groups.Count; i++)
        {
            Groups[i].Gradients.copy_(_runningGroups[i].Gradients);
        }

        Buffers.Flat.copy_(_runningBuffers!.Flat);
    }

    /// <summary>Brings weights and buffers from the kept model to the one that runs.</summary>
    public void Publish()
    {
        if (_runningGroups is null)
        {
            return;
        }

        using var _ = no_grad();
        for (int i = 0; i < Groups.Count; i++)
        {
            _runningGroups[i].Values.copy_(Groups[i].Values);
        }

        _runningBuffers!.Flat.copy_(Buffers.Flat);
    }

    public void Dispose()
    {
        _buffersBefore.Dispose();
        foreach (ParameterGroup group in Groups.Concat(_runningGroups ?? []))
        {
            group.Dispose();
        }

        Buffers.Dispose();
        _runningBuffers?.Dispose();
    }

    private static List<(string Name, Tensor Tensor)> FloatBuffers(nn.Module module) =>
        [.. module.named_buffers().Where(item => is_floating_point(item.buffer)).Select(item => (item.name, item.buffer))];
}
