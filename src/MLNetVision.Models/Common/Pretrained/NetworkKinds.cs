namespace MLNetVision.Models.Common.Pretrained;

/// <summary>What the networks of this library are, in the words of messages.</summary>
internal static class NetworkKinds
{
    /// <summary>A network and what it does, such as "a LeViT, which classifies pictures".</summary>
    /// <param name="modelType">As config.json has it.</param>
    public static string Describe(string? modelType) => modelType switch
    {
        "levit" => "a LeViT, which classifies pictures",
        "mask2former" => "a Mask2Former, which segments pictures",
        null => "a network whose config.json names no model_type",
        _ => $"a network of the type '{modelType}', which this library does not have",
    };

    /// <summary>That a network is another than the one that was expected, and what takes it.</summary>
    /// <param name="found">As config.json has it.</param>
    /// <param name="expected">The same.</param>
    public static string Mismatch(string? found, string expected) => $"holds {Describe(found)}; expected {Describe(expected)}." + found switch
    {
        "levit" => " LevitClassifier loads it, and in ML.NET ApplyLevit and the trainer Levit.",
        "mask2former" => " Mask2FormerSegmenter loads it, and in ML.NET ApplyMask2Former and the trainer Mask2Former.",
        _ => string.Empty,
    };
}
