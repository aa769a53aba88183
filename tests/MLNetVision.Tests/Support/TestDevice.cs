using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Support;

/// <summary>
/// Where the tests of the category "Device" compute: on the CPU, or where the environment variable says, "cuda" or "cuda:1". A
/// test that cannot have its device says that it was not run.
/// </summary>
internal static class TestDevice
{
    public const string VariableName = "MLNETVISION_TEST_DEVICE";

    public const string Category = "Device";

    private static string Name => Environment.GetEnvironmentVariable(VariableName) is { Length: > 0 } name ? name : "cpu";

    /// <summary>The device; ends the test as inconclusive where it is not there.</summary>
    public static Device Get()
    {
        TorchLibrary.EnsureLoaded();
        var wanted = new Device(Name);
        if (wanted.type == TorchSharp.DeviceType.CPU)
        {
            return wanted;
        }

        int present = cuda.is_available() ? cuda.device_count() : 0;
        if (wanted.type != TorchSharp.DeviceType.CUDA || Math.Max(0, wanted.index) >= present)
        {
            Assert.Inconclusive($"Not run: {VariableName} is '{Name}', but libtorch sees {present} CUDA device(s) here.");
        }

        return new Device(TorchSharp.DeviceType.CUDA, Math.Max(0, wanted.index));
    }

    /// <summary>The number of the GPU for <c>MLContext.GpuDeviceId</c>; null for the CPU.</summary>
    public static int? GpuDeviceId() => Get() is { type: TorchSharp.DeviceType.CUDA } device ? device.index : null;
}
