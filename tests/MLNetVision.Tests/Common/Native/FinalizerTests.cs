using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Common.Native;

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
        Assert.HasCount(12, lines[1..]);
        string[] left = [.. lines[1..].Where(line => !line.EndsWith(": 0 scalars, 0 tensors, 0 parameters", StringComparison.Ordinal))];
        Assert.IsEmpty(left, string.Join('\n', left));
    }
}
