using TorchSharp;

namespace MLNetVision.Models.Common.Engines;

/// <summary>The device that a user asks for.</summary>
/// <param name="GpuDeviceId">The number of a CUDA device (1 means cuda:1); null for the CPU.</param>
/// <param name="FallbackToCpu">Whether the CPU stands in for a GPU that cannot be used.</param>
/// <param name="GpuOption">What the user set to ask for the GPU, for messages.</param>
/// <param name="FallbackOption">What the user sets to allow the CPU instead.</param>
internal readonly record struct DeviceWish(int? GpuDeviceId, bool FallbackToCpu, string GpuOption, string FallbackOption)
{
    /// <summary>The device on which a module lies already.</summary>
    public static DeviceWish Of(torch.Device device) =>
        new(device.type == DeviceType.CPU ? null : Math.Max(0, device.index), FallbackToCpu: false, nameof(GpuDeviceId), nameof(FallbackToCpu));
}
