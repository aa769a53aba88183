using static TorchSharp.torch;

namespace MLNetVision.Models.Training.State;

/// <summary>A network in training, as its recipe describes it; disposing undoes what the training set on it.</summary>
internal interface ITrainee : IDisposable
{
    /// <summary>The network whose weights are trained and kept.</summary>
    nn.Module Kept { get; }

    /// <summary>The network that computes the passes: the kept one, or a copy with the same names in other element types.</summary>
    nn.Module Running { get; }

    /// <summary>The parts of both whose weights and statistics stay as they are.</summary>
    IReadOnlyList<nn.Module> Frozen { get; }

    /// <summary>Where the running network's drop path and dropout come from.</summary>
    Generator Randomness { get; }

    /// <summary>The decay of a parameter.</summary>
    double WeightDecay(string name, Tensor parameter);

    /// <summary>A parameter's share of the learning rate.</summary>
    double LearningRateScale(string name);
}
