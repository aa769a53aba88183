using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Optimization;

/// <summary>Parameters that an optimiser treats alike, with their gradients, both contiguous (<see cref="FlatTensors"/>).</summary>
internal sealed class ParameterGroup : IDisposable
{
    private readonly FlatTensors _values;
    private readonly List<Tensor> _parameters;

    /// <summary>Moves parameters into a group.</summary>
    /// <param name="parameters">Names and leaf tensors of one element type and device.</param>
    /// <param name="weightDecay">The decay of the parameters.</param>
    /// <param name="learningRateScale">The group's share of the learning rate.</param>
    public ParameterGroup(IEnumerable<(string Name, Tensor Tensor)> parameters, double weightDecay, double learningRateScale = 1)
    {
        WeightDecay = weightDecay;
        LearningRateScale = learningRateScale;
        _values = new FlatTensors([.. parameters]);
        _parameters = [.. _values.Tensors];
        Gradients = zeros_like(_values.Flat).DetachFromDisposeScope();

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

    /// <summary>All gradients in the order of the values.</summary>
    public Tensor Gradients { get; }

    /// <summary>The names of the parameters in the order of the values.</summary>
    public IEnumerable<string> Names => _values.Names;

    /// <summary>Views of a tensor of the layout of <see cref="Values"/>, shaped as the parameters; the caller owns them.</summary>
    public IEnumerable<Tensor> Views(Tensor flat) => _values.Views(flat);

    /// <summary>Gives each parameter its own storage again and no gradient.</summary>
    public void Dispose()
    {
        foreach (Tensor parameter in _parameters)
        {
            parameter.grad = null;
        }

        Gradients.Dispose();
        _values.Dispose();
    }
}
