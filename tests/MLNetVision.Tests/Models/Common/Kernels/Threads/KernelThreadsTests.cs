using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Kernels.Threads;

[TestClass]
public sealed class KernelThreadsTests
{
    [TestMethod]
    [DoNotParallelize]
    public void Count_WithLibTorch_IsTorchsBothWays()
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(3);
            Assert.AreEqual(3, KernelThreads.Count);
            KernelThreads.Count = 2;
            Assert.AreEqual(2, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => KernelThreads.Count = 0);
    }

    [TestMethod]
    public async Task Count_UntilLibTorchIsLoaded_IsItsOwnAndDoesNotLoadIt()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("What a process has loaded is read from /proc.");
        }

        FreshProcessResult result = await FreshProcess.RunAsync(new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "5" }, "count-threads", "4");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        CollectionAssert.AreEqual(new[] { "5", "end", "4" }, lines[..3]);
        Assert.Contains("LibTorchSharp", lines[3]);
    }

    [TestMethod]
    [DataRow("5", 5)]
    [DataRow("6,2", 6)]
    public void FirstChoice_WhatTheVariableSays_GoesFirst(string variable, int expected) => Assert.AreEqual(expected, KernelThreads.FirstChoice(variable));

    [TestMethod]
    [DataRow(null)]
    [DataRow("")]
    [DataRow("0")]
    [DataRow("-2")]
    [DataRow("many")]
    public void FirstChoice_NoNumber_IsTheProcessorsCores(string? variable) => Assert.IsInRange(1, Environment.ProcessorCount, KernelThreads.FirstChoice(variable));

    [TestMethod]
    [DataRow("0", 1)]
    [DataRow("0,64", 2)]
    [DataRow("0-1", 2)]
    [DataRow("0-3,8-11", 8)]
    public void CountOf_ListOfProcessors_IsTheirNumber(string list, int expected) => Assert.AreEqual(expected, KernelThreads.CountOf(list));
}
