using MLNetVision.Models.Common.Kernels.BFloat16;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Kernels.BFloat16;

/// <summary>In processes of their own: other tests multiply in bfloat16.</summary>
[TestClass]
public sealed class BFloat16CodeTests
{
    [TestMethod]
    public async Task Code_ScoringInSinglePrecision_IsNotAssembled()
    {
        bool has = BFloat16Code.IsSupported;
        string output = await ScoreAsync("Single");
        Assert.AreEqual($"Single {has} False False {has}", output.Trim());
    }

    [TestMethod]
    public async Task Code_ScoringInBFloat16_IsAssembledThenWhereTheProcessorRunsIt()
    {
        bool has = BFloat16Code.IsSupported, runs = BFloat16Kernels.IsFast;
        string output = await ScoreAsync("Single", "BFloat16");
        Assert.AreEqual($"BFloat16 {has} False {has} {runs}", output.Trim().Split('\n')[^1].Trim());
    }

    private static async Task<string> ScoreAsync(params string[] precisions)
    {
        FreshProcessResult result = await FreshProcess.RunAsync(null, ["assemble", .. precisions]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        return result.Output;
    }
}
