using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp;

namespace MLNetVision.Models.Mask2Former;

/// <summary>How Mask2Former's classes are loaded.</summary>
internal static class Mask2FormerPretrained
{
    /// <summary>How a model with its class head is read without a module.</summary>
    public static PretrainedModel<Mask2FormerConfig, Mask2FormerForUniversalSegmentation> Weights =>
        Of((config, generator) => new Mask2FormerForUniversalSegmentation(config, WeightInitialization.Original, generator));

    public static PretrainedModel<Mask2FormerConfig, TModel> Of<TModel>(Func<Mask2FormerConfig, torch.Generator?, TModel> create)
        where TModel : torch.nn.Module => new()
        {
            Create = create,
            IsHeadKey = key => key.StartsWith("class_predictor.", StringComparison.Ordinal) || key == "criterion.empty_weight",
            IsRowKey = key => key.EndsWith("queries_embedder.weight", StringComparison.Ordinal) || key.EndsWith("queries_features.weight", StringComparison.Ordinal),
            IsComputedKey = key => key.EndsWith("relative_position_index", StringComparison.Ordinal),
            IsTrainingKey = key => key == "criterion.empty_weight",
            BasePrefix = "model.",
            Keys = Mask2FormerKeyNames.All,
        };
}
