using System.Diagnostics;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class KilledTrainingTests
{
    private const int Kills = 4;

    [TestMethod]
    public async Task Process_KilledAtRandomMoments_ResumesToTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult whole = await FreshProcess.RunAsync(null, "train-levit", Path.Combine(folder.Path, "whole"));
        Assert.AreEqual(0, whole.ExitCode, whole.Error);

        var random = new Random(5);
        string state = Path.Combine(folder.Path, "killed");
        for (int kill = 0; kill < Kills; kill++)
        {
            await KillAsync(state, lines: random.Next(1, 9), milliseconds: random.Next(0, 30));
        }

        FreshProcessResult resumed = await FreshProcess.RunAsync(null, "train-levit", state);
        Assert.AreEqual(0, resumed.ExitCode, resumed.Error);
        Assert.AreEqual(Hash(whole), Hash(resumed));
        Assert.IsTrue(resumed.Output.Length < whole.Output.Length, "It did not resume, but began again.");
    }

    /// <summary>Starts a training and kills it (SIGKILL) some time after a number of steps.</summary>
    private static async Task KillAsync(string state, int lines, int milliseconds)
    {
        using Process process = FreshProcess.Start(null, "train-levit", state);
        for (int line = 0; line < lines && await process.StandardOutput.ReadLineAsync() is not null; line++)
        {
        }

        await Task.Delay(milliseconds);
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static string Hash(FreshProcessResult result) => result.Output.TrimEnd().Split('\n')[^1];
}
