using MLNetVision.Models.Common.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>Parameters that an optimiser treats alike, with their gradients, both contiguous (<see cref="FlatTensors"/>).</summary>
/// <remarks>
/// On a CPU a backward pass adds to views of the flat gradients, which saves their memory. Elsewhere, where each of these
/// hundreds of additions would be a launch, it leaves each parameter the gradient that it made, and
/// <see cref="CollectGradients"/> joins them.
/// </remarks>
internal sealed class ParameterGroup : IDisposable
{
    private readonly FlatTensors _values;
    private readonly List<Tensor> _parameters;
    private readonly bool _joined;
    private bool _isCollected = true;

    /// <summary>Moves parameters into a group.</summary>
    /// <param name="parameters">Names and leaf tensors of one element type and device.</param>
    /// <param name="weightDecay">The decay of the parameters.</param>
    /// <param name="learningRateScale">The group's share of the learning rate.</param>
    /// <param name="joined">Whether gradients are joined after the backward pass; null leaves it to the device.</param>
    public ParameterGroup(IEnumerable<(string Name, Tensor Tensor)> parameters, double weightDecay, double learningRateScale = 1, bool? joined = null)
    {
        WeightDecay = weightDecay;
        LearningRateScale = learningRateScale;
        _values = new FlatTensors([.. parameters]);
        _parameters = [.. _values.Tensors];
        _joined = joined ?? GpuForm.IsFor(_values.Flat);
        Gradients = zeros_like(_values.Flat).DetachFromDisposeScope();
        if (_joined)
        {
            return;
        }

        // A gradient that exists is added to in place, so it stays a view of the flat tensor.
        using var scope = NewDisposeScope();
        foreach ((Tensor parameter, Tensor view) in _parameters.Zip(_values.Views(Gradients)))
        {
            parameter.grad = view;
        }
    }

    public double WeightDecay { get; }

    public double LearningRateScale { get; }

    /// <summary>All values: one dimension.</summary>
    public Tensor Values => _values.Flat;

    /// <summary>All gradients in the order of the values, after a backward pass from <see cref="CollectGradients"/> on.</summary>
    public Tensor Gradients { get; private set; }

    /// <summary>The names of the parameters in the order of the values.</summary>
    public IEnumerable<string> Names => _values.Names;

    /// <summary>Views of a tensor of the layout of <see cref="Values"/>, shaped as the parameters; the caller owns them.</summary>
    public IEnumerable<Tensor> Views(Tensor flat) => _values.Views(flat);

    /// <summary>Forgets the gradients of the step before.</summary>
    public void ClearGradients()
    {
        if (_joined)
        {
            Forget();
            _isCollected = false;
        }
        else
        {
            Gradients.Clear();
        }
    }

    /// <summary>Makes <see cref="Gradients"/> those of the backward passes since <see cref="ClearGradients"/>; a parameter that had no part in them has 0.</summary>
    public void CollectGradients()
    {
        if (_isCollected || _parameters.Count == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor joined = cat([.. _parameters.Select(parameter => parameter.grad is { } gradient ? gradient.reshape(-1) : zeros(parameter.numel(), Values.dtype, Values.device))]);
        Gradients.Dispose();
        Gradients = joined.DetachFromDisposeScope();
        Forget();
        _isCollected = true;
    }

    /// <summary>Gives each parameter its own storage again and no gradient.</summary>
    public void Dispose()
    {
        Forget();
        Gradients.Dispose();
        _values.Dispose();
    }

    private void Forget() => _parameters.ForEach(parameter => parameter.grad = null);
}
