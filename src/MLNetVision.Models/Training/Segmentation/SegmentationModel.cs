using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = MLNetVision.Models.Training.Optimization.AdamW;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>The model in training with all that changes with it: parameter groups, optimiser, average, frozen backbone.</summary>
internal sealed class SegmentationModel : IDisposable
{
    private const string BackbonePrefix = "model.pixel_level_module.encoder.";
    private readonly SegmentationTrainingOptions _options;
    private readonly List<Parameter> _frozen = [];
    private readonly HashSet<string> _withoutDecay;
    private readonly bool _checkpointed;

    public SegmentationModel(Mask2FormerForUniversalSegmentation model, SegmentationTrainingOptions options)
    {
        (Module, _options) = (model, options);
        _checkpointed = model.GradientCheckpointing;
        model.GradientCheckpointing = options.GradientCheckpointing;
        if (options.FreezeBackbone)
        {
            _frozen.AddRange(model.Model.Backbone.parameters().Where(parameter => parameter.requires_grad));
            _frozen.ForEach(parameter => parameter.requires_grad = false);
        }

        _withoutDecay = [.. model.named_modules()
            .Where(item => item.module is LayerNorm or GroupNorm or Embedding)
            .SelectMany(item => item.module.named_parameters(recurse: false).Select(own => $"{item.name}.{own.name}"))];
        Weights = new TrainedWeights(model, model, WeightDecay, LearningRateScale);
        Optimizer = new AdamW(Weights.Groups);
        Average = options.WeightAverageDecay is { } decay ? new WeightAverage(Weights.Flats, decay) : null;
    }

    public Mask2FormerForUniversalSegmentation Module { get; }

    public TrainedWeights Weights { get; }

    public AdamW Optimizer { get; }

    public WeightAverage? Average { get; }

    /// <summary>The weights that would be kept: the averaged ones where averaging is on.</summary>
    public IReadOnlyList<Tensor> KeptFlats => Average?.Averages ?? Weights.Flats;

    /// <summary>Clears the gradients and seeds the layers' own randomness.</summary>
    public void BeginStep(long step)
    {
        Module.train();
        if (_options.FreezeBackbone)
        {
            Module.Model.Backbone.eval();
        }

        Module.Generator.manual_seed((long)(new RandomStream(_options.Seed, RandomPurpose.Layers, 0, step).NextBits() >> 1));
        Weights.BeginStep();
    }

    /// <summary>Clips and applies the gradients; the norm before clipping, not finite where nothing was applied.</summary>
    public double Update(double learningRate)
    {
        double norm = GradientNorm.Of(Weights.Groups);
        if (double.IsFinite(norm))
        {
            if (_options.GradientClipping is { } maximum)
            {
                GradientNorm.Clip(Weights.Groups, norm, maximum);
            }

            Optimizer.Step(learningRate);
            Average?.Update();
        }

        return norm;
    }

    /// <summary>Runs the model in eval mode with the weights that would be kept, then puts those of the training back.</summary>
    public T WithKeptWeights<T>(Func<Mask2FormerForUniversalSegmentation, T> use)
    {
        Average?.Exchange();
        Module.eval();
        try
        {
            return use(Module);
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
        Module.eval();
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Weights.Dispose();
        _frozen.ForEach(parameter => parameter.requires_grad = true);
        Module.GradientCheckpointing = _checkpointed;
    }

    private double WeightDecay(string name, Tensor parameter) =>
        _withoutDecay.Contains(name) || name.EndsWith("relative_position_bias_table", StringComparison.Ordinal) ? 0 : _options.WeightDecay;

    private double LearningRateScale(string name) => name.StartsWith(BackbonePrefix, StringComparison.Ordinal) ? _options.BackboneLearningRateFactor : 1;
}
