using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Native;

/// <summary>
/// Where a computation has two forms, which one a tensor takes: on a CPU kernels of our own, piece by piece, elsewhere torch's
/// operators, in few launches and without a wait of the host.
/// </summary>
/// <remarks>Convolutions do not ask here: libtorch's own are wrong on some processors, so a CPU never takes them.</remarks>
internal static class GpuForm
{
    /// <summary>The environment variable that, as 1, gives a CPU the form of a GPU, so that tests run it on every machine.</summary>
    public const string VariableName = "MLNETVISION_GPU_FORM";

    private static readonly bool Everywhere = Environment.GetEnvironmentVariable(VariableName) == "1";

    /// <summary>Whether a tensor is computed in the form of a GPU.</summary>
    public static bool IsFor(Tensor tensor) => Everywhere || tensor.device_type != DeviceType.CPU;

    /// <summary>Whether what is on a device is computed in the form of a GPU.</summary>
    public static bool IsFor(Device device) => Everywhere || device.type != DeviceType.CPU;
}
