using Microsoft.ML;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.Scoring;

/// <summary>What is said to whoever uses a transformer that was disposed of: as a rule by the first of several prediction engines over it.</summary>
internal static class DisposedTransformer
{
    /// <param name="type">The transformer's type.</param>
    /// <param name="imageColumnName">Its column of pictures, by which the user knows it from others.</param>
    public static ModelOwner Owner(Type type, string imageColumnName) => new(
        type,
        $"The {type.Name} of the column '{imageColumnName}' was disposed of. Disposing of a PredictionEngine disposes of its model too, with all transformers in it, unless it was made with " +
        $"new {nameof(PredictionEngineOptions)} {{ {nameof(PredictionEngineOptions.OwnsTransformer)} = false }}: engines that share a model need that, and whoever made the model disposes of it after them. " +
        "A PredictionEnginePool does both.");
}
