using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Training.Engine;
using TorchSharp;

namespace MLNetVision.Devices;

/// <summary>
/// Chooses what computes by the wishes of ML.NET's context (<c>MLContext.GpuDeviceId</c>, 1 meaning cuda:1, and
/// <c>MLContext.FallbackToCpu</c>), and says it in the log, once for each training and each transformer.
/// </summary>
internal static class HostEngines
{
    /// <summary>What scores.</summary>
    /// <param name="host">The transformer's.</param>
    /// <param name="precision">In which numbers it multiplies.</param>
    /// <param name="hasLibTorchForm">Whether the network has a form for the CPU in libtorch's operators.</param>
    /// <exception cref="InvalidOperationException">
    /// A GPU was asked for that is not there and <c>MLContext.FallbackToCpu</c> is false; or the level of the kernels that was
    /// asked for is unknown, or the processor lacks it.
    /// </exception>
    public static EngineChoice ForScoring(IHost host, ScoringPrecision precision, bool hasLibTorchForm)
    {
        EngineChoice choice = EnginePolicy.ForScoring(Wish(host), precision, hasLibTorchForm, text => Warn(host, text));
        using IChannel channel = host.Start("Engine");
        channel.Info(MessageSensitivity.None, "{0}", choice.Describe("Scoring", KernelThreads.Count));
        return choice;
    }

    /// <summary>What trains.</summary>
    /// <param name="host">The trainer's.</param>
    /// <param name="channel">The training's.</param>
    /// <param name="options">The training's.</param>
    /// <exception cref="InvalidOperationException">As for scoring.</exception>
    public static torch.Device ForTraining(IHost host, IChannel channel, TrainingOptions options)
    {
        EngineChoice choice = EnginePolicy.ForTraining(
            Wish(host), options.Precision == TrainingPrecision.BFloat16 ? ScoringPrecision.BFloat16 : ScoringPrecision.Single, text => Warn(host, text));
        channel.Info(MessageSensitivity.None, "{0}", choice.Describe("Training", options.ComputeThreads ?? KernelThreads.Count));
        return choice.Device;
    }

    private static DeviceWish Wish(IHost host)
    {
        (int? gpu, bool fallback) = HostAccess.DeviceWishOf(host);
        return new DeviceWish(gpu, fallback, "MLContext.GpuDeviceId", "MLContext.FallbackToCpu");
    }

    private static void Warn(IHost host, string text)
    {
        using IChannel channel = host.Start("Device");
        channel.Warning(MessageSensitivity.None, "{0}", text);
    }
}
