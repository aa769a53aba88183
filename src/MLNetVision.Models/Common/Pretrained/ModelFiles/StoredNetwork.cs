using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Common.Pretrained.ModelFiles;

/// <summary>What an ML.NET model file says of the network in it, beside its weights.</summary>
/// <param name="ModelType">The network's type in config.json's words: levit or mask2former.</param>
/// <param name="ConfigJson">The text of config.json.</param>
/// <param name="PreprocessingJson">The text of preprocessor_config.json.</param>
/// <param name="Labels">The names of the classes.</param>
/// <param name="Precision">In which numbers it multiplies on the CPU.</param>
/// <param name="Orientation">Which way up pictures come.</param>
/// <param name="HasDistillationHead">Whether a LeViT has two heads.</param>
/// <param name="Scoring">How a Mask2Former's segments are made; null for a LeViT.</param>
/// <param name="WeightsHash">The SHA-256 of the weights, as hexadecimal digits; null in files before version 4.</param>
/// <param name="TrainingJson">What its training measured, as JSON; null where there was none, and in files before version 4.</param>
internal sealed record StoredNetwork(
    string ModelType, string ConfigJson, string PreprocessingJson, IReadOnlyList<string> Labels, ScoringPrecision Precision, ExifOrientation Orientation,
    bool HasDistillationHead, StoredScoring? Scoring, string? WeightsHash, string? TrainingJson);

/// <summary>How a stored Mask2Former makes segments; the numbers are those of the enumerations of post-processing.</summary>
internal sealed record StoredScoring(
    SegmentationTask Task, IReadOnlyList<string>? ThingClasses, double Threshold, double MaskThreshold, double OverlapMaskAreaThreshold, int? MaxInstances, int Rule, int Upsampling);
