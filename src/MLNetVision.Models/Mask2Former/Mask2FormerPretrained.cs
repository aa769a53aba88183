using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp;

namespace MLNetVision.Models.Mask2Former;

/// <summary>How Mask2Former's classes are loaded.</summary>
internal static class Mask2FormerPretrained
{
    public static PretrainedModel<Mask2FormerConfig, TModel> Of<TModel>(Func<Mask2FormerConfig, torch.Generator?, TModel> create)
        where TModel : torch.nn.Module => new()
        {
            Create = create,
            IsHeadKey = key => key.StartsWith("class_predictor.", StringComparison.Ordinal) || key == "criterion.empty_weight",
            IsRowKey = key => key.EndsWith("queries_embedder.weight", StringComparison.Ordinal) || key.EndsWith("queries_features.weight", StringComparison.Ordinal),
            IsComputedKey = key => key.EndsWith("relative_position_index", StringComparison.Ordinal),
            BasePrefix = "model.",
            Tables = Mask2FormerKeyNames.Tables,
        };
}
