using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Tests.Models.Common.Engines;

/// <summary>The table of what computes.</summary>
[TestClass]
public sealed class EnginePolicyTests
{
    [TestMethod]
    [DataRow(null, ScoringPrecision.Single, nameof(KernelLevel.Avx512), true, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.Single, nameof(KernelLevel.Avx2), true, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.Single, nameof(KernelLevel.Portable), true, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.Single, nameof(KernelLevel.LibTorch), true, nameof(EngineKind.LibTorch))]
    [DataRow(null, ScoringPrecision.Single, nameof(KernelLevel.LibTorch), false, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.BFloat16, nameof(KernelLevel.Avx512), true, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.BFloat16, nameof(KernelLevel.LibTorch), true, nameof(EngineKind.Kernels))]
    [DataRow(null, ScoringPrecision.BFloat16, nameof(KernelLevel.LibTorch), false, nameof(EngineKind.Kernels))]
    [DataRow(0, ScoringPrecision.Single, nameof(KernelLevel.Avx512), true, nameof(EngineKind.Gpu))]
    [DataRow(1, ScoringPrecision.BFloat16, nameof(KernelLevel.Avx512), true, nameof(EngineKind.Gpu))]
    [DataRow(1, ScoringPrecision.Single, nameof(KernelLevel.LibTorch), false, nameof(EngineKind.Gpu))]
    public void ForScoring_WishPrecisionAndLevel_GiveOneEngine(int? gpu, ScoringPrecision precision, string levelName, bool hasLibTorchForm, string expected)
    {
        KernelLevel level = Enum.Parse<KernelLevel>(levelName);
        EngineChoice choice = EnginePolicy.ForScoring(Wish(gpu), precision, hasLibTorchForm, Machine(level, gpus: 2), Unexpected);
        Assert.AreEqual(expected, $"{choice.Kind}");
        Assert.AreEqual(gpu, choice.GpuIndex);
        Assert.AreEqual(precision, choice.Precision);
        Assert.AreEqual(level, choice.Level);
    }

    [TestMethod]
    public void ForScoring_OnTheCpu_DoesNotLoadLibTorch() =>
        EnginePolicy.ForScoring(Wish(null), ScoringPrecision.Single, true, new EngineMachine(KernelLevel.Avx2, NotAsked<int>, NotAsked<bool>), Unexpected);

    [TestMethod]
    [DataRow(2, 2)]
    [DataRow(-1, 2)]
    [DataRow(0, 0)]
    public void ForScoring_GpuThatIsNotThere_ThrowsOrFallsBackWithAWarning(int gpu, int present)
    {
        InvalidOperationException e = Assert.ThrowsExactly<InvalidOperationException>(
            () => EnginePolicy.ForScoring(Wish(gpu), ScoringPrecision.BFloat16, true, Machine(KernelLevel.Avx2, present), Unexpected));
        Assert.Contains("Options.Gpu", e.Message);
        Assert.Contains("Options.Fallback", e.Message);

        var warnings = new List<string>();
        EngineChoice choice = EnginePolicy.ForScoring(Wish(gpu) with { FallbackToCpu = true }, ScoringPrecision.BFloat16, true, Machine(KernelLevel.Avx2, present), warnings.Add);
        Assert.AreEqual((EngineKind.Kernels, ScoringPrecision.BFloat16), (choice.Kind, choice.Precision));
        Assert.Contains("The CPU is used instead", warnings.Single());
    }

    [TestMethod]
    public void ForScoring_UnknownPrecision_Throws() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => EnginePolicy.ForScoring(Wish(null), (ScoringPrecision)7, true, _ => { }));

    [TestMethod]
    public void Describe_Choice_SaysWhatComputes()
    {
        Assert.AreEqual(
            "Scoring on the CPU with kernels of level avx2, 3 thread(s), in BFloat16 precision.",
            new EngineChoice(EngineKind.Kernels, null, ScoringPrecision.BFloat16, KernelLevel.Avx2).Describe("Scoring", 3));
        Assert.AreEqual(
            "Training on cuda:1 with libtorch, in Single precision.",
            new EngineChoice(EngineKind.Gpu, 1, ScoringPrecision.Single, KernelLevel.Avx2).Describe("Training", 3));
    }

    [TestMethod]
    public void ForScoring_LevelOfLibTorchThatIsNotThere_GivesKernels() => Assert.AreEqual(
        EngineKind.Kernels, EnginePolicy.ForScoring(Wish(null), ScoringPrecision.Single, true, new EngineMachine(KernelLevel.LibTorch, NotAsked<int>, () => false), Unexpected).Kind);

    private static EngineMachine Machine(KernelLevel level, int gpus) => new(level, () => gpus, () => true);

    private static T NotAsked<T>() => throw new InvalidOperationException("libtorch would be loaded");

    private static DeviceWish Wish(int? gpu) => new(gpu, FallbackToCpu: false, "Options.Gpu", "Options.Fallback");

    private static void Unexpected(string warning) => Assert.Fail(warning);
}
