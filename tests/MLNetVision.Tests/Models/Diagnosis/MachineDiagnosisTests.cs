using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Diagnosis;
using MLNetVision.Models.Diagnosis.Kernels;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Diagnosis;

[TestClass]
public sealed class MachineDiagnosisTests
{
    [TestMethod]
    public void Examine_ThisMachine_FindsNothingWrong()
    {
        using var folder = new TemporaryFolder();
        DiagnosisItem[] items = [.. MachineDiagnosis.Examine(new HubOptions { CacheFolder = folder["hub"] })];
        Assert.IsEmpty(items.Where(item => item.State == DiagnosisState.Bad), string.Join('\n', items.Select(item => item.ToString())));
        Assert.IsTrue(items.All(item => item.State == DiagnosisState.Good || item.Remedy is not null));
        CollectionAssert.IsSubsetOf(new[] { "system", "processor", "level", "bfloat16", "memory", "product", "convolution", "libtorch", "training step", "GPU", "cache of models" }, items.Select(item => item.Topic).ToArray());
        Assert.Contains(KernelLevels.Name(KernelLevels.Current), items.Single(item => item.Topic == "level").Finding);
    }

    [TestMethod]
    public void Examine_CacheThatIsAFile_IsBadWithARemedy()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], string.Empty);
        DiagnosisItem cache = MachineDiagnosis.Examine(new HubOptions { CacheFolder = folder["file"] }).Single(item => item.Topic == "cache of models");
        Assert.AreEqual(DiagnosisState.Bad, cache.State);
        Assert.Contains("HF_HOME", cache.Remedy!);
    }

    [TestMethod]
    [TestCategory("Levels")]
    public void Probes_Differences_AreRoundingAndNotNothing()
    {
        Assert.IsLessThan(1e-3, KernelProbe.Product(ScoringPrecision.Single));
        Assert.IsLessThan(1e-3, KernelProbe.Convolution());
        Assert.IsLessThan(1e-4, TrainingProbe.Step());

        // A comparison that sees the rounding of 16 bits would see a wrong sum.
        double rounded = KernelProbe.Product(ScoringPrecision.BFloat16);
        Assert.IsTrue(rounded is > 1e-3 and < 1, $"{rounded}");
    }

    [TestMethod]
    public void Folder_ChangedAfterLibtorchWasLoaded_IsRefused()
    {
        TorchLibrary.EnsureLoaded();
        Assert.ThrowsExactly<InvalidOperationException>(() => TorchLibrary.Folder = "elsewhere");
    }
}
