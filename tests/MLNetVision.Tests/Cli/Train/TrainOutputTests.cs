using System.Diagnostics;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class TrainOutputTests
{
    [TestMethod]
    public async Task Places_OfTheWrongKind_AreSaidBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Directory.CreateDirectory(folder["out/Digits/Digits.mlnet"]);
        FreshProcessResult result = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out"));
        Assert.AreEqual(2, result.ExitCode, result.Error);
        Assert.Contains("is a folder, where a file is to be written", result.Error);
        Assert.DoesNotContain("Epoch 1", result.Error);
    }

    [TestMethod]
    public async Task Output_ThatIsAFile_IsSaidBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        File.WriteAllText(folder["out"], "a file");
        FreshProcessResult result = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out"));
        Assert.AreEqual(2, result.ExitCode, result.Error);
        Assert.Contains(folder["out"], result.Error);
        Assert.DoesNotContain("Epoch 1", result.Error);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public async Task Output_WithoutRights_ExitsWith1()
    {
        // The kernel's own files are nobody's to write, not even root's.
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = TrainLines.Classification(folder, "out");
        line[Array.IndexOf(line, "--output") + 1] = "/proc/sys";
        FreshProcessResult result = await CliRun.InProcessAsync(line);
        Assert.IsTrue(result.ExitCode is 1 or 75, result.Error);
        Assert.Contains("/proc/sys", result.Error);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public async Task Output_OnAFullDisk_ExitsWith75()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string disk = folder["disk"];
        Directory.CreateDirectory(disk);
        using (Process mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=400k", "none", disk]))
        {
            await mount.WaitForExitAsync();
            if (mount.ExitCode != 0)
            {
                Assert.Inconclusive("A small file system cannot be mounted here.");
            }
        }

        try
        {
            FreshProcessResult result = await CliRun.AsProcessAsync(null, TrainLines.Classification(folder, "disk", "--libtorch", TrainLines.LibTorch));
            Assert.AreEqual(75, result.ExitCode, result.Error);
            Assert.Contains("make room", result.Error);
            Assert.IsFalse(File.Exists(folder["disk/Digits/Digits.mlnet"]));
        }
        finally
        {
            using Process unmount = Process.Start("umount", [disk]);
            await unmount.WaitForExitAsync();
        }
    }
}
