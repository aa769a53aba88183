namespace PredictionService;

/// <summary>A picture as it comes over the wire.</summary>
internal sealed class Picture
{
    public byte[] Image { get; set; } = [];

    /// <summary>Not known here; the pipeline's first step wants the column.</summary>
    public string Label { get; set; } = string.Empty;
}

/// <summary>What the model answers.</summary>
internal sealed class Answer
{
    public string PredictedDigit { get; set; } = string.Empty;

    public float[] Score { get; set; } = [];
}
