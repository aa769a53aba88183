using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Native;

/// <summary>Brings tensors from the host to a GPU while the host goes on.</summary>
/// <remarks>
/// A GPU fetches by itself only from pinned memory; from other memory the host waits for the copy's turn, behind all that the
/// device has still to do. The pinned memory is libtorch's, which keeps it from further use until the copy is done, however early
/// the tensor that names it is gone.
/// </remarks>
internal static class DeviceUpload
{
    /// <summary>A tensor's values on a device: on the CPU the tensor itself.</summary>
    /// <param name="host">A tensor on the CPU; it may be changed or disposed of at once.</param>
    /// <param name="device">The device.</param>
    public static Tensor To(Tensor host, Device device) => device.type == DeviceType.CPU ? host : Staged(host, device, pin: tensor => tensor.pin_memory());

    /// <summary>The way to a GPU, for any device.</summary>
    internal static Tensor Staged(Tensor host, Device device, Func<Tensor, Tensor> pin)
    {
        using Tensor pinned = pin(host);
        return pinned.to(device, copy: device.type == DeviceType.CPU, non_blocking: true);
    }
}
