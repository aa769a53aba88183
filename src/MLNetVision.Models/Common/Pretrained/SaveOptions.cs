namespace MLNetVision.Models.Common.Pretrained;

/// <summary>How a model is written.</summary>
public sealed class SaveOptions
{
    /// <summary>
    /// The most bytes of one weights file, at least 1; a model that is larger is written to several files with an index.
    /// A tensor is never cut. Default: 5 GB (5·10⁹), as in transformers.
    /// </summary>
    public long MaximumShardBytes { get; init; } = 5_000_000_000;

    /// <summary>The content of preprocessor_config.json. Default: null, which keeps the one that is in the folder, if any.</summary>
    public string? PreprocessorJson { get; init; }

    internal void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(MaximumShardBytes, 1);
}
