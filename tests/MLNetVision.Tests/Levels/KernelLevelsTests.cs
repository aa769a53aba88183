using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MLNetVision.Imaging.Levels;
using MLNetVision.Imaging.Pictures.Resizing.Kernels;
using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Levels;

[TestClass]
[TestCategory("Levels")]
public sealed class KernelLevelsTests
{
    [TestMethod]
    [DataRow(null, "avx2", "avx2")]
    [DataRow("", "avx512", "avx512")]
    [DataRow("avx512", "avx512", "avx512")]
    [DataRow("avx2", "avx512", "avx2")]
    [DataRow("portable", "libtorch", "portable")]
    [DataRow("libtorch", "avx2", "libtorch")]
    public void Choose_LevelThatIsThere_IsIt(string? word, string best, string expected)
    {
        (KernelLevel level, string? problem) = KernelLevels.Choose(word, Level(best));
        Assert.AreEqual(expected, KernelLevels.Name(level));
        Assert.IsNull(problem);
    }

    [TestMethod]
    [DataRow("avx512", "avx2", "the best level here is avx2")]
    [DataRow("avx2", "libtorch", "the best level here is libtorch")]
    [DataRow("neon", "avx2", "'neon'; expected one of avx512, avx2, portable, libtorch")]
    [DataRow("AVX2", "avx2", "'AVX2'; expected one of avx512, avx2, portable, libtorch")]
    [DataRow("3", "avx512", "'3'; expected one of avx512, avx2, portable, libtorch")]
    public void Choose_LevelThatCannotBeHad_SaysWhy(string word, string best, string expected) =>
        Assert.Contains(expected, KernelLevels.Choose(word, Level(best)).Problem!);

    /// <summary>The children of <see cref="LevelTests"/> would prove nothing if a variable had another name in the next runtime.</summary>
    [TestMethod]
    public void Current_AsTheVariablesSay_IsOnSuchAProcessor()
    {
        if (Environment.GetEnvironmentVariable(KernelLevels.VariableName) is { Length: > 0 } word)
        {
            Assert.AreEqual(word, KernelLevels.Name(KernelLevels.Current));
        }

        Assert.IsFalse(IsOff("DOTNET_EnableAVX512") && (Avx512F.IsSupported || Vector512.IsHardwareAccelerated));
        Assert.IsFalse(IsOff("DOTNET_EnableAVX2") && (Avx2.IsSupported || Fma.IsSupported || Vector256.IsHardwareAccelerated));
        Assert.IsFalse(Environment.GetEnvironmentVariable("DOTNET_PreferredVectorBitWidth") == "128" && Vector256.IsHardwareAccelerated);

        static bool IsOff(string variable) => Environment.GetEnvironmentVariable(variable) == "0";
    }

    [TestMethod]
    public void Kernels_AllChoices_FollowTheLevel()
    {
        using var scope = NewDisposeScope();
        KernelLevel level = KernelLevels.Current;
        Assert.AreEqual(level == KernelLevel.Avx512 ? 32 : 16, GemmKernels.PanelColumns);
        Assert.AreEqual(level == KernelLevel.Avx512, LinearProducts.Supports(zeros(32, 32)));
        Assert.AreEqual(level >= KernelLevel.Avx2, ScoringPrecisions.IsFast(ScoringPrecision.Single));
        Assert.IsTrue(level == KernelLevel.Avx512 || !BFloat16Kernels.IsFast);
        Assert.AreEqual(
            level switch { KernelLevel.Avx512 => ResampleKernel.Avx512, KernelLevel.Avx2 => ResampleKernel.Avx2, _ => ResampleKernel.Portable }, ResampleKernels.Best);
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        using LevitInference single = LevitInference.From(model), rounded = LevitInference.From(model, ScoringPrecision.BFloat16);
        Assert.AreEqual(level != KernelLevel.LibTorch, single.UsesKernels);
        Assert.IsTrue(rounded.UsesKernels);
    }

    [TestMethod]
    public async Task Library_LevelThatIsUnknown_IsRefusedWithItsName()
    {
        FreshProcessResult result = await FreshProcess.RunAsync(new Dictionary<string, string> { [KernelLevels.VariableName] = "neon" }, "resize");
        Assert.AreNotEqual(0, result.ExitCode);
        Assert.Contains($"{nameof(InvalidOperationException)}: The level of the kernels (MLNETVISION_KERNELS or MLNetVision.Kernels) is 'neon'", result.Error);
    }

    [TestMethod]
    public async Task Library_SettingWithoutVariable_IsTaken()
    {
        var environment = new Dictionary<string, string> { [KernelLevels.VariableName] = string.Empty };
        FreshProcessResult result = await FreshProcess.RunAsync(environment, "resize", "other");
        Assert.Contains("'other'", result.Error);
    }

    private static KernelLevel Level(string name) => Enum.GetValues<KernelLevel>().Single(level => KernelLevels.Name(level) == name);
}
