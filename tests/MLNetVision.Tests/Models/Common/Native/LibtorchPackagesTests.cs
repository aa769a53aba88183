using MLNetVision.Models.Common.Native;
using MLNetVision.Tests.Support;

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
    public void InstalledIn_FolderOfPackages_IsTheOneOfThisSystemAndVersion()
    {
        string system = LibtorchPackages.Advice.Split("libtorch-cpu-") is [_, var rest, ..] ? rest.Split('"')[0] : "none";
        if (system == "none")
        {
            Assert.Inconclusive("There is no package for this system.");
        }

        using var folder = new TemporaryFolder();
        Assert.IsNull(LibtorchPackages.InstalledIn(folder["packages"]));
        Directory.CreateDirectory(folder[$"packages/libtorch-cpu-{system}/2.7.1/runtimes/{system}/native"]);
        Assert.IsNull(LibtorchPackages.InstalledIn(folder["packages"]), "another version does not go with TorchSharp's library");
        string native = folder[$"packages/libtorch-cpu-{system}/2.10.0/runtimes/{system}/native"];
        Directory.CreateDirectory(native);
        Assert.AreEqual(native, LibtorchPackages.InstalledIn(folder["packages"]));
    }

    [TestMethod]
    public void Advice_ThisSystem_LeavesNoPlaceholder() => Assert.DoesNotContain("{", LibtorchPackages.Advice);
}
