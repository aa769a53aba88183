using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Levels;

/// <summary>
/// The golden tests (category Levels) with the kernels of the levels below this process's, which are what other processors
/// run. Methods of the category Heavy multiply so much that they cannot run where each multiply-add is a call.
/// </summary>
[TestClass]
public sealed class LevelTests(TestContext context)
{
    private static readonly Dictionary<string, string>
        OfAvx2 = new() { ["DOTNET_EnableAVX512"] = "0" },
        OfSse = new() { ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVX2"] = "0" }, // FMA goes with AVX2
        OfArm = new() { ["DOTNET_EnableAVX512"] = "0", ["DOTNET_PreferredVectorBitWidth"] = "128" }, // multiply-adds, but 128 bits
        OfGpu = new() { [GpuForm.VariableName] = "1" };

    [TestMethod]
    public Task GoldenTests_AtAvx2_Pass() => AssertPass(KernelLevel.Avx2, OfAvx2, "TestCategory=Levels");

    [TestMethod]
    public Task GoldenTests_AtPortableWithoutMultiplyAdd_Pass() => AssertPass(KernelLevel.Portable, OfSse, "TestCategory=Levels&TestCategory!=Heavy");

    [TestMethod]
    public Task GoldenTests_AtPortableWithMultiplyAdd_Pass() => AssertPass(KernelLevel.Portable, OfArm, "TestCategory=Levels&TestCategory=Heavy");

    /// <summary>Here the heavy ones would be those of <see cref="KernelLevel.Portable"/> once more.</summary>
    [TestMethod]
    public Task GoldenTests_AtLibTorch_Pass() => AssertPass(KernelLevel.LibTorch, OfArm, "TestCategory=Levels&TestCategory!=Heavy");

    /// <summary>What a GPU is to compute, in its batched form of torch's operators, but on the CPU.</summary>
    [TestMethod]
    public Task DeviceTests_InTheFormOfAGpu_Pass() => AssertPass(KernelLevels.Current, OfGpu, $"TestCategory={TestDevice.Category}");

    private async Task AssertPass(KernelLevel level, IReadOnlyDictionary<string, string> runtime, string filter)
    {
        if (!KernelLevels.Available.Contains(level))
        {
            Assert.Inconclusive($"This processor has no level {KernelLevels.Name(level)}.");
        }

        LevelResult result = await LevelRun.RunAsync(level, runtime, filter);
        string summary = $"Level {KernelLevels.Name(level)} ({string.Join(" ", runtime.Select(pair => $"{pair.Key}={pair.Value}"))}, {filter}): "
            + $"{result.Total} tests, {result.Passed} passed, {result.Inconclusive} inconclusive, {result.Failures.Length} failed, {result.Time.TotalSeconds:f0} s";
        context.DisplayMessage(MessageLevel.Warning, summary); // the console of `dotnet test` shows no less
        Assert.IsEmpty(result.Failures, $"{summary}\n{string.Join("\n", result.Failures)}");
        Assert.AreEqual(0, result.ExitCode, summary);
        Assert.IsGreaterThan(0, result.Passed, summary);
        Assert.AreEqual(result.Total, result.Passed + result.Inconclusive, summary);
    }
}
