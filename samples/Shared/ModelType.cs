using System.Text.Json;
using MLNetVision.Models.Common.Pretrained;

namespace Samples;

/// <summary>What config.json calls the model.</summary>
internal static class ModelType
{
    public static string? Of(PretrainedSource source)
    {
        using PretrainedFolder folder = source.Open();
        using JsonDocument config = JsonDocument.Parse(folder.ConfigJson ?? "{}");
        return config.RootElement.TryGetProperty("model_type", out JsonElement type) ? type.GetString() : null;
    }
}
