using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Classification;

/// <summary>The model in training with all that changes with it: the copy that runs, optimiser, average, frozen parts, generator.</summary>
internal sealed class TrainingModel : IDisposable
{
    private readonly LevitStudent _kept;
    private readonly LevitTrainingOptions _options;
    private readonly Generator _generator = new();
    private readonly List<TorchSharp.Modules.Parameter> _frozen;

    public TrainingModel(LevitStudent student, LevitTrainingOptions options)
    {
        (_kept, _options) = (student, options);
        Running = options.Precision == TrainingPrecision.BFloat16 ? student.CreateBFloat16() : student;
        _frozen = [.. student.First(options.FrozenStages).SelectMany(part => part.parameters()).Where(parameter => parameter.requires_grad)];
        Freeze(student, options.FrozenStages);
        if (Running != student)
        {
            Freeze(Running, options.FrozenStages);
        }

        Weights = new TrainedWeights(student.Module, Running.Module, WeightDecay);
        Optimizer = new AdamW(Weights.Groups);
        Average = options.WeightAverageDecay is { } decay ? new WeightAverage(Weights.Flats, decay) : null;
        Running.UseGenerator(_generator);
    }

    /// <summary>The model that computes the forward and backward passes.</summary>
    public LevitStudent Running { get; }

    public TrainedWeights Weights { get; }

    public AdamW Optimizer { get; }

    public WeightAverage? Average { get; }

    /// <summary>The weights that would be kept: the averaged ones where averaging is on.</summary>
    public IReadOnlyList<Tensor> KeptFlats => Average?.Averages ?? Weights.Flats;

    /// <summary>Turns train mode on, but for frozen parts.</summary>
    public void BeginEpoch()
    {
        Running.Module.train();
        foreach (nn.Module part in Running.First(_options.FrozenStages))
        {
            part.eval();
        }
    }

    /// <summary>Seeds the layers' own randomness.</summary>
    public void BeginStep(int epoch, int step) =>
        _generator.manual_seed((long)(new RandomStream(_options.Seed, RandomPurpose.Layers, epoch, step).NextBits() >> 1));

    /// <summary>Runs the model with the weights that would be kept, then puts those of the training back.</summary>
    public T WithKeptWeights<T>(Func<LevitStudent, T> use)
    {
        Average?.Exchange();
        try
        {
            return use(_kept);
        }
        finally
        {
            Average?.Exchange();
        }
    }

    /// <summary>Leaves in the model, in eval mode, the best weights, or without them those that would be kept.</summary>
    public void Finish(IReadOnlyList<Tensor> best)
    {
        Weights.CopyFrom(best.Count > 0 ? best : KeptFlats);
        _kept.Module.eval();
    }

    public void Dispose()
    {
        Running.UseGenerator(null);
        Average?.Dispose();
        Optimizer.Dispose();
        Weights.Dispose();
        _frozen.ForEach(parameter => parameter.requires_grad = true);
        _generator.Dispose();
        if (Running != _kept)
        {
            Running.Module.Dispose();
        }
    }

    /// <summary>LeViT's recipe: what multiplies an input decays; biases, normalisation weights and attention biases do not.</summary>
    private double WeightDecay(string name, Tensor parameter) =>
        parameter.dim() >= 2 && !name.EndsWith("attention_biases", StringComparison.Ordinal) ? _options.WeightDecay : 0;

    private static void Freeze(LevitStudent student, int stages)
    {
        foreach (TorchSharp.Modules.Parameter parameter in student.First(stages).SelectMany(part => part.parameters()))
        {
            parameter.requires_grad = false;
        }
    }
}
