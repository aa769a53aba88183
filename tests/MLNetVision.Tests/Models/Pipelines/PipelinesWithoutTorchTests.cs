using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Pipelines;

/// <summary>A program with a pipeline on the CPU has nothing of libtorch in its process, though it lies beside it.</summary>
[TestClass]
public sealed class PipelinesWithoutTorchTests
{
    [TestMethod]
    public async Task Classify_OnTheCpu_DoesNotLoadLibTorch()
    {
        string expected = LevitClassifier.FromPretrained(LevitClassifierTests.Saved.Value).Classify(ConformanceData.PathOf(3)).Best.Name;
        await AssertOutput(expected, "classify", LevitClassifierTests.Saved.Value, ConformanceData.PathOf(3));
    }

    [TestMethod]
    public async Task Segment_OnTheCpu_DoesNotLoadLibTorch()
    {
        using Mask2FormerSegmenter segmenter = Mask2FormerSegmenter.FromPretrained(Mask2FormerSegmenterTests.Saved.Value);
        IEnumerable<int> counts = Enum.GetValues<SegmentationTask>().Select(task => segmenter.Segment(ConformanceData.PathOf(3), new SegmentationOptions { Task = task }).Segments.Count);
        await AssertOutput(string.Join(' ', counts), "segment", Mask2FormerSegmenterTests.Saved.Value, ConformanceData.PathOf(3));
    }

    private static async Task AssertOutput(string expected, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("What a process has loaded is read from /proc.");
        }

        KernelLevel level = KernelLevels.Current == KernelLevel.LibTorch ? KernelLevel.Portable : KernelLevels.Current;
        FreshProcessResult result = await FreshProcess.RunAsync(new Dictionary<string, string> { [KernelLevels.VariableName] = KernelLevels.Name(level) }, arguments);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual($"{expected} end", string.Join(' ', result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), "the answer, and libraries of torch in the process");
    }
}
