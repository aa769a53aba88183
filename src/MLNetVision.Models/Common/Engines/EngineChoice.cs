using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Models.Common.Engines;

/// <summary>What computes, where and in which numbers; <see cref="EnginePolicy"/> makes it.</summary>
/// <param name="Kind">What computes.</param>
/// <param name="GpuIndex">The number of the CUDA device; null on the CPU.</param>
/// <param name="Precision">In which numbers.</param>
/// <param name="Level">The level of the kernels on the CPU.</param>
internal sealed record EngineChoice(EngineKind Kind, int? GpuIndex, ScoringPrecision Precision, KernelLevel Level)
{
    /// <summary>The device in libtorch's words; only for what has libtorch loaded anyway.</summary>
    public torch.Device Device => GpuIndex is { } index ? new torch.Device(DeviceType.CUDA, index) : torch.CPU;

    /// <summary>A sentence for the log.</summary>
    /// <param name="what">"Scoring" or "Training".</param>
    /// <param name="threads">The threads on the CPU.</param>
    public string Describe(string what, int threads)
    {
        string engine = GpuIndex is { } index
            ? $"cuda:{index} with libtorch{(Tf32.IsOn ? ", products in TF32" : string.Empty)}"
            : $"the CPU with kernels of level {KernelLevels.Name(Level)}, {threads} thread(s)";
        return $"{what} on {engine}, in {Precision} precision.";
    }
}
