using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Pipelines;

/// <summary>How a pipeline (<see cref="LevitClassifier"/>, <see cref="Mask2FormerSegmenter"/>) is loaded; all of it is settled then.</summary>
public sealed class PipelineOptions
{
    /// <summary>The CUDA device that computes, from 0. Default: null, the CPU, for which libtorch is not loaded.</summary>
    public int? GpuDeviceId { get; init; }

    /// <summary>Whether the CPU stands in, with a warning, for a GPU that cannot be used. Default: false, which throws.</summary>
    public bool FallbackToCpu { get; init; }

    /// <summary>
    /// In which numbers the network multiplies on the CPU. Default: null, which is what an ML.NET model file says, and
    /// <see cref="ScoringPrecision.Single"/> for checkpoints. With <see cref="ScoringPrecision.BFloat16"/> it is faster where
    /// <see cref="ScoringPrecisions.IsFast"/> says so. On a GPU the network runs in single precision.
    /// </summary>
    public ScoringPrecision? Precision { get; init; }

    /// <summary>
    /// Whether pictures that are files or their bytes are turned upright by what a camera wrote beside them. Default: null,
    /// which is what an ML.NET model file says, and <see cref="ExifOrientation.Apply"/> for checkpoints.
    /// <see cref="ExifOrientation.Ignore"/> takes them as stored, as Hugging Face's processors do.
    /// </summary>
    public ExifOrientation? Orientation { get; init; }

    /// <summary>How a model id is downloaded. Default: as the environment says (HF_HOME, HF_TOKEN, …).</summary>
    public HubOptions Hub { get; init; } = new();

    /// <summary>Receives sentences while the pipeline is loaded: of a download, and what computes. Default: nobody.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Receives a sentence when the CPU stands in for a GPU, and one for each thing that is odd about the checkpoint or was left out of it. Default: standard error.</summary>
    public Action<string> Warning { get; init; } = Console.Error.WriteLine;

    internal DeviceWish Device => new(GpuDeviceId, FallbackToCpu, $"{nameof(PipelineOptions)}.{nameof(GpuDeviceId)}", $"{nameof(PipelineOptions)}.{nameof(FallbackToCpu)}");
}
