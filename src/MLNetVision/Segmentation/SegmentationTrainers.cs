using Microsoft.ML.Runtime;

namespace MLNetVision.Segmentation;

/// <summary>The trainers of segmentation models, reached as <c>mlContext.Segmentation.Trainers</c>; each is an extension method.</summary>
public sealed class SegmentationTrainers
{
    internal SegmentationTrainers(IHostEnvironment environment) => Environment = environment;

    internal IHostEnvironment Environment { get; }
}
