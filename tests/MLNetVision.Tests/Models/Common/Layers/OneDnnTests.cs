using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Layers;

/// <summary>On some processors oneDNN computes wrong convolutions; that it computes none of ours can be seen on every processor.</summary>
[TestClass]
public sealed class OneDnnTests
{
    [TestMethod]
    public async Task Models_ForwardBackwardAndScoring_AskOneDnnForNoConvolution()
    {
        const string PlainConvolution = "ic24oc48_ih38"; // torch's own, to see that there is a log
        FreshProcessResult run = await FreshProcess.RunAsync(new Dictionary<string, string> { ["ONEDNN_VERBOSE"] = "1" }, "run-convolutions");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        string[] convolutions = [.. run.Output.Split('\n').Where(line => line.StartsWith("onednn_verbose", StringComparison.Ordinal) && line.Contains(",convolution,", StringComparison.Ordinal))];
        if (!convolutions.Any(line => line.Contains(PlainConvolution, StringComparison.Ordinal)))
        {
            Assert.Inconclusive("This libtorch writes no log of its convolutions, so it cannot be told who computes ours.");
        }

        string[] ours = [.. convolutions.Where(line => !line.Contains(PlainConvolution, StringComparison.Ordinal))];
        Assert.IsEmpty(ours, string.Join('\n', ours));
        Assert.DoesNotContain("NNPACK", run.Error);
    }
}
