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

    /// <summary>
    /// The content of README.md. Default: null, for none. A README.md in the folder that this library did not write is kept in either case;
    /// one that it wrote belongs to the old model and goes.
    /// </summary>
    public string? ModelCard { get; init; }

    internal void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(MaximumShardBytes, 1);
}
