using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Native;

/// <summary>
/// A number or tensor that only the finalizer gives back may be given back under the native call that reads it. The runtime
/// tells of each object that it finalizes; while the library works, there must be none of these.
/// </summary>
[TestClass]
public sealed class FinalizerTests
{
    [TestMethod]
    public async Task Library_WhateverItDoes_LeavesNoNumberOrTensorToTheFinalizer()
    {
        FreshProcessResult result = await FreshProcess.RunAsync(null, "watch-finalizers");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.AreEqual("dropped on purpose: 1 scalars, 1 tensors, 0 parameters", lines[0], "The counter itself must see what is finalized.");
        Assert.HasCount(17, lines[1..]);

        // TorchSharp's layers move a tensor's handle into a parameter: what building a model leaves are tensors without one.
        string[] left = [.. lines[1..].Where(line => !line.EndsWith(": 0 scalars, 0 tensors, 0 parameters", StringComparison.Ordinal))];
        Assert.HasCount(2, left, string.Join('\n', left));
        Assert.StartsWith("a model built: 0 scalars, ", left[0]);
        Assert.AreEqual(left[0].Replace("a model built", "ml.net levit training", StringComparison.Ordinal), left[1], "Training must leave no more than building its model does.");
    }

    [TestMethod]
    [DataRow("stress-loops", "2", "10000")]
    [DataRow("stress-training", "25")]
    public async Task Library_UnderPressure_ComputesWhatItComputesInPeace(params string[] verb)
    {
        // Without a hand on finalizers this failed for the first time after 23 s; minutes of it are run by hand.
        FreshProcessResult result = await FreshProcess.RunAsync(null, verb);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.EndsWith(": 0 failed, 0 gave another result", result.Output.Trim());
    }
}
