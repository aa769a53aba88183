using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Native;
using TorchSharp;

namespace MLNetVision.Devices;

/// <summary>Chooses where a model runs.</summary>
internal static class TorchDevices
{
    /// <summary>
    /// The GPU that <c>MLContext.GpuDeviceId</c> names (1 means cuda:1), the CPU if it names none.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// A GPU was asked for that is not there, and <c>MLContext.FallbackToCpu</c> is false.
    /// </exception>
    public static torch.Device Select(IHost host)
    {
        TorchLibrary.EnsureLoaded();
        (int? gpu, bool fallback) = HostAccess.DeviceWishOf(host);
        if (gpu is not { } index)
        {
            return torch.CPU;
        }

        int present = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (index >= 0 && index < present)
        {
            return new torch.Device(DeviceType.CUDA, index);
        }

        string problem = present == 0
            ? $"GPU {index} was asked for (MLContext.GpuDeviceId), but no CUDA device can be used: reference TorchSharp-cuda-windows or TorchSharp-cuda-linux in place of libtorch for the CPU"
            : $"GPU {index} was asked for (MLContext.GpuDeviceId), but the devices are 0 to {present - 1}";
        if (!fallback)
        {
            throw new InvalidOperationException($"{problem}, set MLContext.FallbackToCpu to true, or set MLContext.GpuDeviceId to null.");
        }

        using IChannel channel = host.Start("Device");
        channel.Warning(MessageSensitivity.None, "{0}. The CPU is used instead (MLContext.FallbackToCpu).", problem);
        return torch.CPU;
    }
}
