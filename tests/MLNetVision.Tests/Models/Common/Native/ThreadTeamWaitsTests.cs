using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class ThreadTeamWaitsTests
{
    /// <summary>What native libraries read is set before libtorch is loaded, unless the user has said something; child processes are told nothing.</summary>
    [TestMethod]
    [DataRow("", "", "1000", "none")]
    [DataRow("GOMP_SPINCOUNT", "77", "77", "77")]
    [DataRow("OMP_WAIT_POLICY", "ACTIVE", "none", "none")]
    public async Task Load_OnLinux_ShortensTheSpinUnlessTheUserHasChosen(string variable, string value, string native, string managed)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("Only Linux's libtorch has this library of threads.");
        }

        var environment = new Dictionary<string, string>();
        if (variable.Length > 0)
        {
            environment[variable] = value;
        }

        FreshProcessResult result = await FreshProcess.RunAsync(environment, "tell-waits");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        string[] lines = result.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(new[] { native, managed }, lines);
    }
}
