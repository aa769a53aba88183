using MLNetVision.Models.Common.Native;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class GpuFormTests
{
    /// <summary>A run in the form of a GPU would prove nothing if it did not take it.</summary>
    [TestMethod]
    [TestCategory(TestDevice.Category)]
    public void IsFor_ATensorOnTheCpu_IsAsTheVariableSays()
    {
        bool wanted = Environment.GetEnvironmentVariable(GpuForm.VariableName) == "1";
        using Tensor here = zeros(1), elsewhere = zeros(1, device: new Device(DeviceType.META));
        Assert.AreEqual(wanted, GpuForm.IsFor(here));
        Assert.AreEqual(wanted, GpuForm.IsFor(CPU));
        Assert.IsTrue(GpuForm.IsFor(elsewhere));
    }
}
