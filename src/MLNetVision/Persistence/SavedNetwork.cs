using MLNetVision.Imaging.Pictures;
using MLNetVision.Labels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Persistence;

/// <summary>What a model file says of a network, but for the weights.</summary>
/// <param name="ConfigJson">config.json as text.</param>
/// <param name="PreprocessingJson">preprocessor_config.json as text.</param>
/// <param name="Labels">The classes.</param>
/// <param name="Precision">In which numbers the network multiplies.</param>
/// <param name="Orientation">Which way up pictures come.</param>
/// <param name="WeightsHash">The SHA-256 of the weights' entry; null in files of versions that have none.</param>
/// <param name="Training">What the training measured; null for a checkpoint, and in files of versions that have none.</param>
internal sealed record SavedNetwork(
    string ConfigJson, string PreprocessingJson, ClassLabels Labels, ScoringPrecision Precision, ExifOrientation Orientation, string? WeightsHash, TrainingRecord? Training);
