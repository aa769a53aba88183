using System.Text.Json;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Doctor;

[TestClass]
public sealed class DoctorTests
{
    [TestMethod]
    public async Task Doctor_FolderWithoutLibtorch_IsBadAndScoringIsNot()
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.AsProcessAsync(null, "doctor", "--json", "--libtorch", folder.Path);
        Assert.AreEqual(1, result.ExitCode, result.Error);
        JsonElement[] findings = [.. CliRun.Json(result).GetProperty("findings").EnumerateArray()];
        JsonElement bad = findings.Single(item => item.GetProperty("state").GetString() == "bad");
        Assert.AreEqual("libtorch", bad.GetProperty("topic").GetString());
        Assert.Contains(folder.Path, bad.GetProperty("finding").GetString()!);
        Assert.IsFalse(string.IsNullOrEmpty(bad.GetProperty("remedy").GetString()));
    }

    [TestMethod]
    public async Task Doctor_FolderWithLibtorch_LoadsItFromThere()
    {
        string? native = Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch_cpu.*", SearchOption.AllDirectories).Select(Path.GetDirectoryName).FirstOrDefault();
        if (native is null)
        {
            Assert.Inconclusive("The tests run with another libtorch.");
        }

        using var folder = new TemporaryFolder();
        string link = Path.Combine(folder.Path, "torch");
        Directory.CreateSymbolicLink(link, native);
        FreshProcessResult result = await CliRun.AsProcessAsync(null, "doctor", "--libtorch", link);
        Assert.AreEqual(0, result.ExitCode, result.Output + result.Error);
        Assert.Contains("as asked", result.Output);
        Assert.Contains("a step of training is right", result.Output);
        Assert.Contains("Nothing is wrong.", result.Output);
    }
}
