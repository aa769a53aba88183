using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Swin.Blocks;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.State;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation;

/// <summary>A Mask2Former in training: its recipe's parameter groups, the frozen backbone, gradient checkpointing, the copy that runs in bfloat16.</summary>
internal sealed class Mask2FormerTrainee : ITrainee
{
    private const string BackbonePrefix = "model.pixel_level_module.encoder.";
    private readonly SegmentationTrainingOptions _options;
    private readonly Mask2FormerForUniversalSegmentation _model;
    private readonly HashSet<string> _withoutDecay;
    private readonly bool _checkpointed;

    public Mask2FormerTrainee(Mask2FormerForUniversalSegmentation model, SegmentationTrainingOptions options)
    {
        (_model, _options, _checkpointed) = (model, options, model.GradientCheckpointing);
        RunningModel = options.Precision == TrainingPrecision.BFloat16 ? Rounded(model) : model;
        RunningModel.GradientCheckpointing = options.GradientCheckpointing;
        Frozen = options.FreezeBackbone ? [model.Model.Backbone, RunningModel.Model.Backbone] : [];
        _withoutDecay = [.. model.named_modules()
            .Where(item => item.module is LayerNorm or GroupNorm or Embedding)
            .SelectMany(item => item.module.named_parameters(recurse: false).Select(own => $"{item.name}.{own.name}"))];
    }

    public nn.Module Kept => _model;

    public nn.Module Running => RunningModel;

    /// <summary>The model that computes the forward and backward passes.</summary>
    public Mask2FormerForUniversalSegmentation RunningModel { get; }

    public IReadOnlyList<nn.Module> Frozen { get; }

    public Generator Randomness => RunningModel.Generator;

    public double WeightDecay(string name, Tensor parameter) =>
        _withoutDecay.Contains(name) || name.EndsWith("relative_position_bias_table", StringComparison.Ordinal) ? 0 : _options.WeightDecay;

    public double LearningRateScale(string name) => name.StartsWith(BackbonePrefix, StringComparison.Ordinal) ? _options.BackboneLearningRateFactor : 1;

    public void Dispose()
    {
        _model.GradientCheckpointing = _checkpointed;
        if (RunningModel != _model)
        {
            RunningModel.Dispose();
        }
    }

    // The biases of windowed attention are few, and in float32 make its scores so.
    private static Mask2FormerForUniversalSegmentation Rounded(Mask2FormerForUniversalSegmentation model)
    {
        Mask2FormerForUniversalSegmentation copy = model.Copy();
        SwinSelfAttention[] attentions = [.. copy.Model.Backbone.Stages.SelectMany(stage => stage.Blocks).Select(block => block.Attention.Self)];
        IEnumerable<nn.Module> norms = copy.modules().Where(module => module is LayerNorm or GroupNorm);
        RoundedCopy.Make(
            copy, model, [copy.LossWeights, .. attentions, .. norms],
            attentions.SelectMany(attention => new nn.Module[] { attention.Projections.Query, attention.Projections.Key, attention.Projections.Value }));
        return copy;
    }
}
