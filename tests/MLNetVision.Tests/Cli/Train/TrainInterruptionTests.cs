using System.Diagnostics;
using System.Text.Json;
using MLNetVision.Projects;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class TrainInterruptionTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task Resume_AfterKill_EndsBitEqual(bool segments)
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Func<TemporaryFolder, string, string[], string[]> line = segments ? TrainLines.Segmentation : TrainLines.Classification;
        string[] libtorch = ["--libtorch", TrainLines.LibTorch];
        FreshProcessResult whole = await CliRun.AsProcessAsync(null, line(folder, "whole", libtorch));
        Assert.AreEqual(0, whole.ExitCode, whole.Error);

        string name = segments ? "Scenes" : "Digits", run = folder[$"broken/{name}/runs/001"];
        using (CommandProcess command = TrainLines.Start(line(folder, "broken", libtorch)))
        {
            await TrainLines.WaitForAsync(() => File.Exists(Path.Combine(run, "weights/last/training-state.safetensors")), command.Process);
            command.Process.Kill();
            await command.Process.WaitForExitAsync();
        }

        Assert.AreEqual(JsonValueKind.Null, JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "args.json"))).RootElement.GetProperty("outcome").ValueKind, "It came to its end before it was killed.");
        Assert.IsFalse(File.Exists(folder[$"broken/{name}/{name}.mlnet"]));
        FreshProcessResult resumed = await CliRun.AsProcessAsync(null, line(folder, "broken", [.. libtorch, "--resume"]));
        Assert.AreEqual(0, resumed.ExitCode, resumed.Error);
        CollectionAssert.AreEqual(
            File.ReadAllBytes(folder[$"whole/{name}/runs/001/weights/best/model.safetensors"]), File.ReadAllBytes(Path.Combine(run, "weights/best/model.safetensors")));
        Assert.IsFalse(Directory.Exists(folder[$"broken/{name}/runs/002"]));
    }

    [TestMethod]
    public async Task Resume_ThatIsRefused_LeavesRunAndProjectAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = TrainLines.Classification(folder, "out", "--libtorch", TrainLines.LibTorch);
        line[Array.IndexOf(line, "--epoch") + 1] = "100000";
        string run = folder["out/Digits/runs/001"];
        using (CommandProcess command = TrainLines.Start(line))
        {
            await TrainLines.WaitForAsync(() => File.Exists(Path.Combine(run, "weights/last/training-state.safetensors")), command.Process);
            command.Process.Kill();
            await command.Process.WaitForExitAsync();
        }

        string[] files = [Path.Combine(run, "args.json"), Path.Combine(run, "split.csv"), folder["out/Digits/Digits.mbconfig"]];
        string[] before = [.. files.Select(File.ReadAllText)];
        line[Array.IndexOf(line, "--epoch") + 1] = "20";
        FreshProcessResult refused = await CliRun.AsProcessAsync(null, [.. line, "--seed", "9", "--resume"]);
        Assert.AreNotEqual(0, refused.ExitCode);
        CollectionAssert.AreEqual(before, files.Select(File.ReadAllText).ToArray());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Interrupt_InTraining_KeepsTheBestAndExits130()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = TrainLines.Classification(folder, "out", "--libtorch", TrainLines.LibTorch);
        line[Array.IndexOf(line, "--epoch") + 1] = "100000";
        string state = Path.Combine(folder["out"], "Digits/runs/001/weights/last/training-state.safetensors");
        using CommandProcess command = TrainLines.Start(line);
        await TrainLines.WaitForAsync(() => File.Exists(state), command.Process);
        Assert.AreEqual(130, await command.InterruptAsync());
        Assert.IsTrue(File.Exists(folder["out/Digits/Digits.mlnet"]));
        Assert.AreEqual("Cancelled", JsonDocument.Parse(File.ReadAllText(folder["out/Digits/runs/001/args.json"])).RootElement.GetProperty("outcome").GetString());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(300_000)]
    public async Task Interrupt_Twice_StopsAtOnceAndCanGoOn()
    {
        // Steps of many pictures, each of which would have to end before the first Ctrl+C is heeded.
        using var folder = new TemporaryFolder();
        string[] line = TrainLines.Segmentation(folder, "out", "--libtorch", TrainLines.LibTorch);
        (line[Array.IndexOf(line, "--steps") + 1], line[Array.IndexOf(line, "--batch") + 1]) = ("4000", "16");
        string run = folder["out/Scenes/runs/001"];
        using (CommandProcess command = CommandProcess.Start([.. line, "--image-size", "320"]))
        {
            command.Process.BeginOutputReadLine();
            while (await command.Process.StandardError.ReadLineAsync() is { } said && !said.StartsWith("Training on", StringComparison.Ordinal))
            {
            }

            await Task.Delay(1500);
            await command.SignalAsync();
            string? told;
            do
            {
                told = await command.Process.StandardError.ReadLineAsync();
            }
            while (told?.Contains("once more ends it at once", StringComparison.Ordinal) == false);

            Assert.IsNotNull(told, "it ended at the first Ctrl+C");
            await command.SignalAsync();
            var watch = Stopwatch.StartNew();
            await command.Process.WaitForExitAsync();
            Assert.IsLessThan(3.0, watch.Elapsed.TotalSeconds);
            Assert.AreEqual(130, command.Process.ExitCode is 143 ? 130 : command.Process.ExitCode, "as the shell has it for a process that Ctrl+C ended");
        }

        Assert.AreEqual(JsonValueKind.Null, JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "args.json"))).RootElement.GetProperty("outcome").ValueKind);
        Assert.IsFalse(File.Exists(folder["out/Scenes/Scenes.mlnet"]));
        Assert.IsFalse(Directory.Exists(folder["out/Scenes/checkpoint"]));
        Assert.Contains("asked to end", File.ReadAllText(Path.Combine(run, "log.txt")));
        Assert.AreEqual("panoptic", TrainingProject.Load(folder["out/Scenes/Scenes.mbconfig"]).Vision.Task, "the project is whole");
        Assert.IsEmpty(Directory.EnumerateFiles(folder["out"], "*.tmp", SearchOption.AllDirectories));
    }
}
