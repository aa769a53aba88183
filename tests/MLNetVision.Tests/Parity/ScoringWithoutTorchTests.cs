using System.Runtime.InteropServices;
using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Parity;

/// <summary>Programs that score checkpoints which Hugging Face wrote: the golden logits, and nothing of libtorch in the process.</summary>
[TestClass]
public sealed class ScoringWithoutTorchTests
{
    public static IEnumerable<object[]> LevitCases => Cases(golden => golden.Text("class").StartsWith("LevitForImageClassification", StringComparison.Ordinal));

    public static IEnumerable<object[]> Mask2FormerCases => Cases(golden => golden.Text("class") == nameof(Mask2FormerForUniversalSegmentation));

    [TestMethod]
    [DynamicData(nameof(LevitCases))]
    public async Task Levit_GoldenCheckpoint_GivesItsLogitsWithoutLibTorch(string name)
    {
        await AssertLevit(name, KernelLevels.Current == KernelLevel.LibTorch ? KernelLevel.Portable : KernelLevels.Current);
        await AssertLevit(name, KernelLevel.Portable);
    }

    [TestMethod]
    [DynamicData(nameof(Mask2FormerCases))]
    public async Task Mask2Former_GoldenCheckpoint_GivesItsLogitsWithoutLibTorch(string name)
    {
        using var folder = new TemporaryFolder();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        using Tensor pixels = golden.InputTensor("pixel_values");
        Write(folder["pixels"], pixels);
        await RunWithoutTorch(
            KernelLevels.Current, "score-mask2former", Folder(golden), folder["pixels"], $"{pixels.shape[0]}", $"{pixels.shape[2]}", $"{pixels.shape[3]}", folder["classes"], folder["masks"]);
        AssertOutput(golden, "class_queries_logits", folder["classes"]);
        AssertOutput(golden, "masks_queries_logits", folder["masks"]);
    }

    private static async Task AssertLevit(string name, KernelLevel level)
    {
        using var folder = new TemporaryFolder();
        GoldenCase golden = Goldens.Load("checkpoints", name);
        using Tensor pixels = golden.InputTensor("pixel_values");
        Write(folder["pixels"], pixels);
        await RunWithoutTorch(level, "score-levit", Folder(golden), folder["pixels"], $"{pixels.shape[0]}", folder["logits"]);
        AssertOutput(golden, "logits", folder["logits"]);
    }

    private static async Task RunWithoutTorch(KernelLevel level, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("What a process has loaded is read from /proc.");
        }

        // The host's folder has libtorch: a program that may not load it could.
        FreshProcessResult result = await FreshProcess.RunAsync(new Dictionary<string, string> { [KernelLevels.VariableName] = KernelLevels.Name(level) }, arguments);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual("end", result.Output.Trim(), "libraries of torch in the process");
    }

    // A checkpoint whose second head a class leaves out is another model for the inference form, which takes both.
    private static IEnumerable<object[]> Cases(Predicate<GoldenCase> fits) =>
        Goldens.Names("checkpoints", golden => golden.Has("folder") && !golden.Has("unexpected_keys") && fits(golden));

    private static string Folder(GoldenCase golden) => Path.Combine(Goldens.Root, "checkpoints", golden.Text("folder"));

    private static void Write(string file, Tensor values) => File.WriteAllBytes(file, MemoryMarshal.AsBytes<float>(values.data<float>().ToArray()));

    private static void AssertOutput(GoldenCase golden, string output, string file)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor actual = tensor(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray(), GoldenCase.Longs(golden.Expected(output).GetProperty("shape")));
        golden.AssertTensor(output, actual);
    }
}
