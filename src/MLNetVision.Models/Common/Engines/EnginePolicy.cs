using MLNetVision.Imaging.Processors;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Models.Common.Engines;

/// <summary>The one place that decides what computes: from the device that is wished, the precision and the level of the kernels.</summary>
/// <remarks>
/// <para>A GPU runs the module in libtorch, in single precision. The CPU runs this library's kernels; only a network that has
/// a form in libtorch's operators runs in them where the level is libtorch's, and only in single precision, for that form
/// knows no other.</para>
/// <para>libtorch is loaded only when a GPU is asked for.</para>
/// </remarks>
internal static class EnginePolicy
{
    /// <summary>Decides what scores.</summary>
    /// <param name="wish">The device.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators beside the one in kernels.</param>
    /// <param name="warn">Told when the CPU stands in for a GPU.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    /// <exception cref="InvalidOperationException">
    /// The GPU is not there and the CPU may not stand in, or the level that was asked for is unknown or beyond the processor.
    /// </exception>
    public static EngineChoice ForScoring(DeviceWish wish, ScoringPrecision precision, bool hasLibTorchForm, Action<string> warn) =>
        ForScoring(wish, precision, hasLibTorchForm, KernelLevels.Current, CountGpus, warn);

    /// <inheritdoc cref="ForScoring(DeviceWish, ScoringPrecision, bool, Action{string})"/>
    /// <param name="wish">The device.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators.</param>
    /// <param name="level">The level of the kernels.</param>
    /// <param name="countGpus">Asked for the number of CUDA devices when one is wished, and only then.</param>
    /// <param name="warn">Told when the CPU stands in for a GPU.</param>
    public static EngineChoice ForScoring(
        DeviceWish wish, ScoringPrecision precision, bool hasLibTorchForm, KernelLevel level, Func<int> countGpus, Action<string> warn)
    {
        ScoringPrecisions.Check(precision);
        return Gpu(wish, countGpus, warn) is { } gpu ? OnGpu(gpu, level) : OnCpu(precision, hasLibTorchForm, level);
    }

    /// <summary>Decides where a network is trained; the training's own options say in which numbers.</summary>
    /// <exception cref="InvalidOperationException">As for scoring.</exception>
    public static EngineChoice ForTraining(DeviceWish wish, Action<string> warn) =>
        Gpu(wish, CountGpus, warn) is { } gpu
            ? OnGpu(gpu, KernelLevels.Current)
            : new EngineChoice(KernelLevels.Current == KernelLevel.LibTorch ? EngineKind.LibTorch : EngineKind.Kernels, null, ScoringPrecision.Single, KernelLevels.Current);

    /// <summary>What scores on the CPU, where nothing else can be wished.</summary>
    public static EngineKind OnCpu(ScoringPrecision precision, bool hasLibTorchForm) => OnCpu(precision, hasLibTorchForm, KernelLevels.Current).Kind;

    private static EngineChoice OnCpu(ScoringPrecision precision, bool hasLibTorchForm, KernelLevel level) => new(
        hasLibTorchForm && level == KernelLevel.LibTorch && precision == ScoringPrecision.Single ? EngineKind.LibTorch : EngineKind.Kernels, null, precision, level);

    private static EngineChoice OnGpu(int index, KernelLevel level) => new(EngineKind.Gpu, index, ScoringPrecision.Single, level);

    // The number of the GPU; null for the CPU.
    private static int? Gpu(DeviceWish wish, Func<int> countGpus, Action<string> warn)
    {
        if (wish.GpuDeviceId is not { } index)
        {
            return null;
        }

        int present = countGpus();
        if (index >= 0 && index < present)
        {
            return index;
        }

        string problem = present == 0
            ? $"GPU {index} was asked for ({wish.GpuOption}), but no CUDA device can be used: install a CUDA build of libtorch (MLNetVisionBackend)"
            : $"GPU {index} was asked for ({wish.GpuOption}), but the devices are 0 to {present - 1}";
        if (!wish.FallbackToCpu)
        {
            throw new InvalidOperationException($"{problem}, set {wish.FallbackOption} to true, or set {wish.GpuOption} to null.");
        }

        warn($"{problem}. The CPU is used instead ({wish.FallbackOption}).");
        return null;
    }

    private static int CountGpus()
    {
        TorchLibrary.EnsureLoaded();
        return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }
}
