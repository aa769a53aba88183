using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Models.Common.Engines;

/// <summary>What the policy has to know of the machine; the functions may load libtorch and are called only where the answer depends on it.</summary>
/// <param name="Level">The level of the kernels.</param>
/// <param name="CountGpus">The number of CUDA devices.</param>
/// <param name="HasLibTorch">Whether the application has libtorch.</param>
internal sealed record EngineMachine(KernelLevel Level, Func<int> CountGpus, Func<bool> HasLibTorch)
{
    /// <summary>The running one.</summary>
    /// <exception cref="InvalidOperationException">The level that was asked for is unknown, or the processor lacks it.</exception>
    public static EngineMachine Current => new(KernelLevels.Current, Count, TorchLibrary.TryLoad);

    private static int Count()
    {
        TorchLibrary.EnsureLoaded();
        return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
    }
}
