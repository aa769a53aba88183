using System.Diagnostics;
using System.Text.Json;
using MLNetVision.Cli.Train;
using MLNetVision.Projects;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class TrainTests
{
    private static string[] Classification(TemporaryFolder folder, string output, params string[] more) =>
    [
        "image-classification", "--dataset", folder["digits"], "--name", "Digits", "--output", folder[output], "--checkpoint", SmallProjects.SmallLevit.Value,
        "--epoch", "4", "--batch", "8", "--device", "cpu", .. more,
    ];

    private static string[] Segmentation(TemporaryFolder folder, string output, params string[] more) =>
    [
        "segmentation", "--dataset", SmallProjects.Scenes, "--split-ratio", "0.1", "--name", "Scenes", "--output", folder[output], "--checkpoint", SmallProjects.Starter,
        "--steps", "16", "--batch", "1", "--device", "cpu", .. more,
    ];

    private static string Read(string path) => File.ReadAllText(path);

    [TestMethod]
    public async Task ImageClassification_Json_IsOneObjectWithThePaths()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult result = await CliRun.InProcessAsync(Classification(folder, "out", "--json"));
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement json = CliRun.Json(result);
        Assert.IsTrue(File.Exists(json.GetProperty("model").GetString()));
        Assert.IsTrue(File.Exists(json.GetProperty("report").GetString()));
        Assert.AreEqual(("Completed", "validation", 24), (json.GetProperty("outcome").GetString(), json.GetProperty("evaluatedOn").GetString(), json.GetProperty("pictures").GetProperty("train").GetInt32()));
        Assert.Contains("Task        classification, LeViT, 3 classes", result.Error);
        string command = json.GetProperty("command").GetString()!;
        Assert.Contains($"In full: {command}", result.Error);
        Assert.AreEqual(command, JsonDocument.Parse(Read(Path.Combine(json.GetProperty("run").GetString()!, "args.json"))).RootElement.GetProperty("command").GetString());

        // The command that was printed does the same.
        string[] again = [.. command.Split(' ').Skip(1).Select(word => word.Trim('\'')), "--json"];
        FreshProcessResult second = await CliRun.InProcessAsync(again);
        Assert.AreEqual(0, second.ExitCode, second.Error);
        Assert.AreEqual(folder["out/Digits/runs/002"], CliRun.Json(second).GetProperty("run").GetString());
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["out/Digits/runs/001/weights/best/model.safetensors"]), File.ReadAllBytes(folder["out/Digits/runs/002/weights/best/model.safetensors"]));
    }

    [TestMethod]
    public async Task Train_ProjectWithFlags_TakesFlagsBeforeTheFile()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult first = await CliRun.InProcessAsync(Classification(folder, "out"));
        Assert.AreEqual(0, first.ExitCode, first.Error);
        Assert.Contains("| Experiment Results", first.Output);
        Assert.Contains($"Generated trained model: {folder["out/Digits/Digits.mlnet"]}", first.Output);

        FreshProcessResult second = await CliRun.InProcessAsync("train", "--training-config", folder["out/Digits/Digits.mbconfig"], "--epoch", "1", "--seed", "9");
        Assert.AreEqual(0, second.ExitCode, second.Error);
        VisionBlock saved = TrainingProject.Load(folder["out/Digits/Digits.mbconfig"]).Vision;
        Assert.AreEqual((1, 8, 9), (saved.Training!.Epochs, saved.Training.BatchSize, saved.Training.Seed));
        Assert.HasCount(2, saved.Runs!);
    }

    [TestMethod]
    public async Task DryRun_ImageClassification_SaysThePlanAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult result = await CliRun.InProcessAsync(Classification(folder, "out", "--dry-run"));
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("folder: 24 train, 6 validation", result.Output);
        Assert.Contains("--epoch 4 --batch 8", result.Output);
        Assert.Contains("--split-ratio 0.2", result.Output);
        Assert.Contains("--split-ratio 0 ", (await CliRun.InProcessAsync(Classification(folder, "out", "--dry-run", "--split-ratio", "0", "--patience", "2"))).Output);
        FreshProcessResult endless = await CliRun.InProcessAsync("segmentation", "--dataset", SmallProjects.Scenes, "--checkpoint", SmallProjects.Starter, "--epoch", "2147483647", "--device", "cpu", "--output", folder["out"], "--dry-run");
        Assert.AreEqual(0, endless.ExitCode, endless.Error);
        Assert.Contains("--steps 2147483647", endless.Output);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task Resume_AfterKill_EndsBitEqual(bool segments)
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Func<TemporaryFolder, string, string[], string[]> line = segments ? Segmentation : Classification;
        string[] libtorch = ["--libtorch", LibTorch];
        FreshProcessResult whole = await CliRun.AsProcessAsync(null, line(folder, "whole", libtorch));
        Assert.AreEqual(0, whole.ExitCode, whole.Error);

        string name = segments ? "Scenes" : "Digits", run = folder[$"broken/{name}/runs/001"];
        using (CommandProcess command = Start(line(folder, "broken", libtorch)))
        {
            await WaitForAsync(() => File.Exists(Path.Combine(run, "weights/last/training-state.safetensors")), command.Process);
            command.Process.Kill();
            await command.Process.WaitForExitAsync();
        }

        Assert.AreEqual(JsonValueKind.Null, JsonDocument.Parse(Read(Path.Combine(run, "args.json"))).RootElement.GetProperty("outcome").ValueKind, "It came to its end before it was killed.");
        Assert.IsFalse(File.Exists(folder[$"broken/{name}/{name}.mlnet"]));
        FreshProcessResult resumed = await CliRun.AsProcessAsync(null, line(folder, "broken", [.. libtorch, "--resume"]));
        Assert.AreEqual(0, resumed.ExitCode, resumed.Error);
        CollectionAssert.AreEqual(
            File.ReadAllBytes(folder[$"whole/{name}/runs/001/weights/best/model.safetensors"]), File.ReadAllBytes(Path.Combine(run, "weights/best/model.safetensors")));
        Assert.IsFalse(Directory.Exists(folder[$"broken/{name}/runs/002"]));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Interrupt_InTraining_KeepsTheBestAndExits130()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = Classification(folder, "out", "--libtorch", LibTorch);
        line[Array.IndexOf(line, "--epoch") + 1] = "100000";
        string state = Path.Combine(folder["out"], "Digits/runs/001/weights/last/training-state.safetensors");
        using CommandProcess command = Start(line);
        await WaitForAsync(() => File.Exists(state), command.Process);
        Assert.AreEqual(130, await command.InterruptAsync());
        Assert.IsTrue(File.Exists(folder["out/Digits/Digits.mlnet"]));
        Assert.AreEqual("Cancelled", JsonDocument.Parse(Read(folder["out/Digits/runs/001/args.json"])).RootElement.GetProperty("outcome").GetString());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(300_000)]
    public async Task Interrupt_Twice_StopsAtOnceAndCanGoOn()
    {
        // Steps of many pictures, each of which would have to end before the first Ctrl+C is heeded.
        using var folder = new TemporaryFolder();
        string[] line = Segmentation(folder, "out", "--libtorch", LibTorch);
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

        Assert.AreEqual(JsonValueKind.Null, JsonDocument.Parse(Read(Path.Combine(run, "args.json"))).RootElement.GetProperty("outcome").ValueKind);
        Assert.IsFalse(File.Exists(folder["out/Scenes/Scenes.mlnet"]));
        Assert.IsFalse(Directory.Exists(folder["out/Scenes/checkpoint"]));
        Assert.Contains("asked to end", Read(Path.Combine(run, "log.txt")));
        Assert.AreEqual("panoptic", TrainingProject.Load(folder["out/Scenes/Scenes.mbconfig"]).Vision.Task, "the project is whole");
        Assert.IsEmpty(Directory.EnumerateFiles(folder["out"], "*.tmp", SearchOption.AllDirectories));
    }

    [TestMethod]
    public async Task DryRun_WithoutLibTorch_PlansAllTheSame()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] words = [CliRun.Program, .. Classification(folder, "out", "--dry-run", "--libtorch", folder["digits"])];
        words[Array.IndexOf(words, "--device") + 1] = "auto";
        FreshProcessResult result = await FreshProcess.RunToolAsync(null, null, words);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("folder: 24 train, 6 validation", result.Output);
        Assert.Contains("warning: Training needs libtorch", result.Error);
        FreshProcessResult scenes = await FreshProcess.RunToolAsync(null, null, [CliRun.Program, .. Segmentation(folder, "out", "--dry-run", "--libtorch", folder["digits"])]);
        Assert.AreEqual(0, scenes.ExitCode, scenes.Error);
        Assert.Contains("panoptic, Mask2Former, 8 classes", scenes.Output);
        Assert.AreEqual(0, (await FreshProcess.RunToolAsync(null, null, [CliRun.Program, "data", "check", SmallProjects.Scenes])).ExitCode);
    }

    [TestMethod]
    public async Task CrossValidation_OfTheCommand_TellsMeanAndDeviation()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = Classification(folder, "out", "--cv-fold", "3", "--freeze", "1", "--augmentation", "none");
        FreshProcessResult result = await CliRun.InProcessAsync(line);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.MatchesRegex(@"3 folds +MicroAccuracy [01]\.\d{4} ± 0\.\d{4}", result.Output);
        Assert.Contains("--cv-fold 3", result.Error);
        Assert.Contains("--freeze 1 --augmentation none", result.Error);
        VisionBlock saved = TrainingProject.Load(folder["out/Digits/Digits.mbconfig"]).Vision;
        Assert.AreEqual(("1", "none"), (saved.Training!.Freeze, saved.Training.Augmentation));
        Assert.AreEqual(3, CliRun.Json(await CliRun.InProcessAsync([.. line, "--json"])).GetProperty("folds").GetArrayLength());
        Assert.AreEqual(2, (await CliRun.InProcessAsync([.. line, "--split-ratio", "0.2"])).ExitCode);
        Assert.AreEqual(2, (await CliRun.InProcessAsync([.. line, "--patience", "3"])).ExitCode);
    }

    [TestMethod]
    [DataRow(2, "give one", "--steps", "3", "--epoch", "2")]
    [DataRow(2, "expected a number above 0", "--learning-rate", "0")]
    [DataRow(2, "expected a whole number, at least 1", "--epoch", "0")]
    [DataRow(2, "above 0 and at most 10", "--learning-rate", "1e30")]
    [DataRow(2, "above 0 and at most 10", "--learning-rate", "Infinity")]
    [DataRow(2, "above 0 and at most 10", "--learning-rate", "NaN")]
    [DataRow(2, "from 16 to 8192", "--image-size", "2147483647")]
    [DataRow(2, "from 1 to 65536", "--batch", "99999999999999")]
    [DataRow(2, "whole number, at least 1", "--patience", "1e300")]
    [DataRow(2, "whole number, at least 0", "--train-time", "-1")]
    [DataRow(2, "whole number, at least 0", "--seed", "0.5")]
    [DataRow(2, "number from 0 to 1", "--split-ratio", "NaN")]
    [DataRow(2, "number from 0 to 1", "--score-threshold", "1e300")]
    [DataRow(4, "'/no/such/start'", "--checkpoint", "/no/such/start")]
    [DataRow(4, "no model id", "--checkpoint", "nowhere.safetensors")]
    [DataRow(5, "cuda:63 cannot be used", "--device", "cuda:63")]
    [DataRow(3, "There is no file or folder", "--test-dataset", "/no/such/data")]
    [DataRow(2, "no project", "--resume")]
    [DataRow(2, "without a folder", "--name", "a/b")]
    public async Task Segmentation_WhatCannotBe_HasItsExitCode(int code, string message, params string[] more)
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync(["segmentation", "--dataset", SmallProjects.Scenes, "--output", folder["out"], .. more]);
        Assert.AreEqual(code, result.ExitCode, result.Error);
        Assert.Contains(message, result.Error);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }

    [TestMethod]
    public async Task Training_WhatWouldBeSpoilt_IsRefusedBeforeAnythingIsWritten()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Directory.CreateDirectory(folder["out/Digits"]);
        File.WriteAllText(folder["out/Digits/Digits.mlnet"], "another's");
        FreshProcessResult foreign = await CliRun.InProcessAsync(Classification(folder, "out"));
        Assert.AreEqual(2, foreign.ExitCode, foreign.Error);
        Assert.Contains("not written over", foreign.Error);
        Assert.AreEqual("another's", File.ReadAllText(folder["out/Digits/Digits.mlnet"]));

        FreshProcessResult inside = await CliRun.InProcessAsync("image-classification", "--dataset", folder["digits"], "--name", "Model", "--output", folder["digits"], "--device", "cpu");
        Assert.AreEqual(3, inside.ExitCode, inside.Error);
        Assert.Contains("lies in its data", inside.Error);
        Assert.IsFalse(Directory.Exists(folder["digits/Model"]));

        FreshProcessResult named = await CliRun.InProcessAsync("image-classification", "--dataset", folder["digits"], "--output", folder.Path, "--dry-run", "--device", "cpu");
        Assert.AreEqual(0, named.ExitCode, named.Error);
        Assert.Contains("digits-model", named.Output);
        foreach (string name in (string[])["", ".", ".."])
        {
            Assert.AreEqual(2, (await CliRun.InProcessAsync("image-classification", "--dataset", folder["digits"], "--name", name)).ExitCode, name);
        }
    }

    [TestMethod]
    public async Task Resume_ThatIsRefused_LeavesRunAndProjectAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = Classification(folder, "out", "--libtorch", LibTorch);
        line[Array.IndexOf(line, "--epoch") + 1] = "100000";
        string run = folder["out/Digits/runs/001"];
        using (CommandProcess command = Start(line))
        {
            await WaitForAsync(() => File.Exists(Path.Combine(run, "weights/last/training-state.safetensors")), command.Process);
            command.Process.Kill();
            await command.Process.WaitForExitAsync();
        }

        string[] files = [Path.Combine(run, "args.json"), Path.Combine(run, "split.csv"), folder["out/Digits/Digits.mbconfig"]];
        string[] before = [.. files.Select(Read)];
        line[Array.IndexOf(line, "--epoch") + 1] = "20";
        FreshProcessResult refused = await CliRun.AsProcessAsync(null, [.. line, "--seed", "9", "--resume"]);
        Assert.AreNotEqual(0, refused.ExitCode);
        CollectionAssert.AreEqual(before, files.Select(Read).ToArray());
    }

    [TestMethod]
    public async Task Checkpoint_OfTheOtherNetwork_SaysWhichVerbTakesIt()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult classification = await CliRun.InProcessAsync("image-classification", "--dataset", folder["digits"], "--output", folder["out"], "--checkpoint", SmallProjects.Starter, "--device", "cpu");
        Assert.AreEqual(4, classification.ExitCode, classification.Error);
        Assert.Contains("'mlnetvision segmentation' trains it on", classification.Error);
        FreshProcessResult segmentation = await CliRun.InProcessAsync("segmentation", "--dataset", SmallProjects.Scenes, "--output", folder["out"], "--checkpoint", SmallProjects.SmallLevit.Value, "--device", "cpu");
        Assert.AreEqual(4, segmentation.ExitCode, segmentation.Error);
        Assert.Contains("'mlnetvision image-classification' trains it on", segmentation.Error);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }

    [TestMethod]
    public async Task Places_OfTheWrongKind_AreSaidBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Directory.CreateDirectory(folder["out/Digits/Digits.mlnet"]);
        FreshProcessResult result = await CliRun.InProcessAsync(Classification(folder, "out"));
        Assert.AreEqual(2, result.ExitCode, result.Error);
        Assert.Contains("is a folder, where a file is to be written", result.Error);
        Assert.DoesNotContain("Epoch 1", result.Error);
    }

    [TestMethod]
    public void Differences_OfARunToGoOnWith_AreInTheWordsOfOptions()
    {
        string message = SettingNames.InWordsOfOptions(
            "'/p/runs/001/weights/last' holds the state of another training: TrainTime was 10 and is 0.5; LearningRate was 0.001 and is 1E-05; BalanceClasses was false and is true; Precision was \"Float32\" and is \"BFloat16\"; "
            + "Model.image_size was 32 and is 64; EarlyStoppingPatience was null and is 3; Mixup was 0 and is 1. Continue with the same settings, or choose an empty folder.");
        Assert.AreEqual(
            "'/p/runs/001/weights/last' holds the state of another training: --train-time was 10 and is 0.5; --learning-rate was 0.001 and is 1E-05; --class-weights was off and is on; --precision was Float32 and is BFloat16; "
            + "the network (--checkpoint, --image-size, or the classes of the data) (image_size) was 32 and is 64; --patience was none and is 3; Mixup was 0 and is 1. Continue with the same settings, or choose an empty folder.",
            message);
    }

    [TestMethod]
    public async Task Train_BrokenOrMissingProject_IsSaid()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["broken.mbconfig"], "{ \"Scenario\": ");
        FreshProcessResult broken = await CliRun.InProcessAsync("train", "--training-config", folder["broken.mbconfig"]);
        Assert.AreEqual(3, broken.ExitCode, broken.Error);
        Assert.Contains("is no project file", broken.Error);
        FreshProcessResult missing = await CliRun.InProcessAsync("train", "--training-config", folder["none.mbconfig"]);
        Assert.AreEqual(3, missing.ExitCode, missing.Error);
        Assert.Contains("There is no project file", missing.Error);
        FreshProcessResult mistyped = await CliRun.InProcessAsync("new", "console", "--training-config", folder["brokn.mbconfig"]);
        Assert.AreEqual(3, mistyped.ExitCode, mistyped.Error);
        Assert.Contains($"Did you mean '{folder["broken.mbconfig"]}'?", mistyped.Error);
    }

    [TestMethod]
    public async Task Segmentation_FoldersOfClasses_SaysWhatTheyAreFor()
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("segmentation", "--dataset", SmallProjects.Digits(folder), "--output", folder["out"], "--device", "cpu");
        Assert.AreEqual(3, result.ExitCode, result.Error);
        Assert.Contains("as for a classification", result.Error);
    }

    [TestMethod]
    public async Task LibTorch_FolderWithoutIt_SaysWhatToName()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult result = await CliRun.AsProcessAsync(null, Classification(folder, "out", "--libtorch", folder["digits"]));
        Assert.AreEqual(1, result.ExitCode, result.Error);
        Assert.StartsWith("error: Training needs libtorch 2.10", result.Error);
        Assert.Contains("--libtorch FOLDER", result.Error);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }

    [TestMethod]
    public async Task Output_ThatIsAFile_IsSaidBeforeTheTraining()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        File.WriteAllText(folder["out"], "a file");
        FreshProcessResult result = await CliRun.InProcessAsync(Classification(folder, "out"));
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
        string[] line = Classification(folder, "out");
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
            FreshProcessResult result = await CliRun.AsProcessAsync(null, Classification(folder, "disk", "--libtorch", LibTorch));
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

    private static string LibTorch => Path.Combine(AppContext.BaseDirectory, "runtimes", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "native");

    private static CommandProcess Start(string[] arguments)
    {
        CommandProcess command = CommandProcess.Start(arguments);
        command.DiscardOutput();
        return command;
    }

    private static async Task WaitForAsync(Func<bool> isThere, Process process)
    {
        for (int i = 0; !isThere(); i++)
        {
            Assert.IsFalse(process.HasExited, "It ended too early.");
            Assert.IsLessThan(6000, i);
            await Task.Delay(10);
        }
    }
}
