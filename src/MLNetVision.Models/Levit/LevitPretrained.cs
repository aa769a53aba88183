using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit.Config;
using TorchSharp;

namespace MLNetVision.Models.Levit;

/// <summary>How LeViT's classes are loaded.</summary>
internal static class LevitPretrained
{
    /// <summary>How a model with its heads is read without a module.</summary>
    public static PretrainedModel<LevitConfig, LevitForImageClassification> Weights =>
        Of((config, generator) => new LevitForImageClassification(config, LevitInitialization.Original, generator));

    public static PretrainedModel<LevitConfig, TModel> Of<TModel>(Func<LevitConfig, torch.Generator?, TModel> create)
        where TModel : torch.nn.Module => new()
        {
            Create = create,
            IsHeadKey = key => key.StartsWith("classifier.linear.", StringComparison.Ordinal) || key.StartsWith("classifier_distill.linear.", StringComparison.Ordinal),
            IsForeignPartKey = key => key.StartsWith("classifier_distill.", StringComparison.Ordinal),
            IsComputedKey = key => key.EndsWith("num_batches_tracked", StringComparison.Ordinal) || key.EndsWith("attention_bias_idxs", StringComparison.Ordinal),
            BasePrefix = "levit.",
            Keys = LevitKeyNames.All,
        };
}
