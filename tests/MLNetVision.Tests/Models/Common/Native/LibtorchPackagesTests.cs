using MLNetVision.Models.Common.Native;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class LibtorchPackagesTests
{
    [TestMethod]
    [DataRow("linux-x64")]
    [DataRow("win-x64")]
    [DataRow("win-arm64")]
    [DataRow("osx-arm64")]
    public void AdviceFor_SystemWithPackage_IsTheLineToAdd(string system) =>
        StringAssert.Contains(LibtorchPackages.AdviceFor(system), $"<PackageReference Include=\"libtorch-cpu-{system}\" Version=\"2.10.0\" />");

    [TestMethod]
    [DataRow("linux-arm64")]
    [DataRow("osx-x64")]
    public void AdviceFor_SystemWithoutPackage_SaysWhichHaveOne(string system)
    {
        string advice = LibtorchPackages.AdviceFor(system);
        StringAssert.Contains(advice, $"no libtorch package for {system}");
        StringAssert.Contains(advice, "linux-x64, win-x64, win-arm64, osx-arm64");
    }

    [TestMethod]
    public void Advice_ThisSystem_LeavesNoPlaceholder() => Assert.DoesNotContain("{", LibtorchPackages.Advice);
}
