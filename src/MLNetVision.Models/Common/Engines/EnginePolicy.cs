using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;

namespace MLNetVision.Models.Common.Engines;

/// <summary>The one place that decides what computes: from the device that is wished, the precision and the level of the kernels.</summary>
/// <remarks>
/// <para>A GPU runs libtorch, in the precision that is wished. The CPU runs this library's kernels; only a network that has
/// a form in libtorch's operators runs in them, where the level is libtorch's and the application has it, and only in single
/// precision, which processors of that level have no faster one than.</para>
/// <para>For scoring, libtorch is loaded only when a GPU is asked for or its level is the processor's.</para>
/// </remarks>
internal static class EnginePolicy
{
    /// <summary>Decides what scores.</summary>
    /// <param name="wish">The device.</param>
    /// <param name="precision">In which numbers it multiplies.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators beside the one in kernels.</param>
    /// <param name="warn">Told when the CPU stands in for a GPU.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is not one of the enumeration.</exception>
    /// <exception cref="InvalidOperationException">
    /// The GPU is not there and the CPU may not stand in, or the level that was asked for is unknown or beyond the processor.
    /// </exception>
    public static EngineChoice ForScoring(DeviceWish wish, ScoringPrecision precision, bool hasLibTorchForm, Action<string> warn) =>
        ForScoring(wish, precision, hasLibTorchForm, EngineMachine.Current, warn);

    /// <inheritdoc cref="ForScoring(DeviceWish, ScoringPrecision, bool, Action{string})" path="/summary | /returns | /remarks | /exception"/>
    /// <param name="wish">The device.</param>
    /// <param name="precision">In which numbers it multiplies.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators.</param>
    /// <param name="machine">What it runs on.</param>
    /// <param name="warn">Told when the CPU stands in for a GPU.</param>
    public static EngineChoice ForScoring(DeviceWish wish, ScoringPrecision precision, bool hasLibTorchForm, EngineMachine machine, Action<string> warn)
    {
        ScoringPrecisions.Check(precision);
        return Gpu(wish, machine, warn) is { } gpu ? new(EngineKind.Gpu, gpu, precision, machine.Level) : OnCpu(precision, hasLibTorchForm, machine);
    }

    /// <summary>Decides where a network is trained.</summary>
    /// <param name="wish">The device.</param>
    /// <param name="precision">In which numbers it multiplies, as the training's options say.</param>
    /// <param name="warn">Told when the CPU stands in for a GPU.</param>
    /// <exception cref="InvalidOperationException">As for scoring.</exception>
    /// <exception cref="DllNotFoundException">There is no libtorch, without which nothing trains.</exception>
    public static EngineChoice ForTraining(DeviceWish wish, ScoringPrecision precision, Action<string> warn)
    {
        TorchLibrary.EnsureLoaded();
        EngineMachine machine = EngineMachine.Current;
        return Gpu(wish, machine, warn) is { } gpu ? new(EngineKind.Gpu, gpu, precision, machine.Level) : OnCpu(precision, hasLibTorchForm: true, machine);
    }

    /// <summary>What scores on the CPU, where nothing else can be wished.</summary>
    public static EngineChoice OnCpu(ScoringPrecision precision, bool hasLibTorchForm) => OnCpu(precision, hasLibTorchForm, EngineMachine.Current);

    private static EngineChoice OnCpu(ScoringPrecision precision, bool hasLibTorchForm, EngineMachine machine)
    {
        bool usesLibTorch = hasLibTorchForm && machine.Level == KernelLevel.LibTorch && precision == ScoringPrecision.Single && machine.HasLibTorch();
        return new EngineChoice(usesLibTorch ? EngineKind.LibTorch : EngineKind.Kernels, null, precision, machine.Level);
    }


    // The number of the GPU; null for the CPU.
    private static int? Gpu(DeviceWish wish, EngineMachine machine, Action<string> warn)
    {
        if (wish.GpuDeviceId is not { } index)
        {
            return null;
        }

        if (wish.FallbackToCpu && !machine.HasLibTorch())
        {
            warn($"GPU {index} was asked for ({wish.GpuOption}), but there is no libtorch, which alone can use one. The CPU is used instead ({wish.FallbackOption}).");
            return null;
        }

        int present = machine.CountGpus();
        if (index >= 0 && index < present)
        {
            return index;
        }

        string problem = present == 0
            ? $"GPU {index} was asked for ({wish.GpuOption}), but no CUDA device can be used: reference TorchSharp-cuda-windows or TorchSharp-cuda-linux in place of libtorch for the CPU"
            : $"GPU {index} was asked for ({wish.GpuOption}), but the devices are 0 to {present - 1}";
        if (!wish.FallbackToCpu)
        {
            throw new InvalidOperationException($"{problem}, set {wish.FallbackOption} to true, or set {wish.GpuOption} to null.");
        }

        warn($"{problem}. The CPU is used instead ({wish.FallbackOption}).");
        return null;
    }
}
