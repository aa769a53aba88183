using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Processors;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Devices;

/// <summary>Says in the log what computes: once for each training and each transformer.</summary>
internal static class EngineLog
{
    /// <summary>Logs what scores.</summary>
    /// <param name="host">The transformer's.</param>
    /// <param name="device">Where the network runs.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    /// <exception cref="InvalidOperationException">The level that was asked for is unknown, or the processor lacks it.</exception>
    public static void Scoring(IHost host, torch.Device device, ScoringPrecision precision)
    {
        using IChannel channel = host.Start("Engine");
        Write(channel, "Scoring", device, torch.get_num_threads(), device.type == DeviceType.CPU ? precision : ScoringPrecision.Single);
    }

    /// <summary>Logs what trains.</summary>
    /// <param name="channel">The training's.</param>
    /// <param name="device">Where the network runs.</param>
    /// <param name="threads">The threads that the options ask for; null for torch's number.</param>
    /// <exception cref="InvalidOperationException">The level that was asked for is unknown, or the processor lacks it.</exception>
    public static void Training(IChannel channel, torch.Device device, int? threads) =>
        Write(channel, "Training", device, threads ?? torch.get_num_threads(), ScoringPrecision.Single);

    private static void Write(IChannel channel, string what, torch.Device device, int threads, ScoringPrecision precision)
    {
        string engine = device.type == DeviceType.CPU
            ? $"the CPU with kernels of level {KernelLevels.Name(KernelLevels.Current)}, {threads} thread(s)"
            : $"{device} with libtorch{(Tf32.IsAllowed ? ", its products in TF32" : string.Empty)}";
        channel.Info(MessageSensitivity.None, "{0} on {1}, in {2} precision.", what, engine, precision);
    }
}
