using System.Text.Json;
using MLNetVision.Projects;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class TrainTests
{
    [TestMethod]
    public async Task ImageClassification_Json_IsOneObjectWithThePaths()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult result = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out", "--json"));
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement json = CliRun.Json(result);
        Assert.IsTrue(File.Exists(json.GetProperty("model").GetString()));
        Assert.IsTrue(File.Exists(json.GetProperty("report").GetString()));
        Assert.AreEqual(("Completed", "validation", 24), (json.GetProperty("outcome").GetString(), json.GetProperty("evaluatedOn").GetString(), json.GetProperty("pictures").GetProperty("train").GetInt32()));
        Assert.Contains("Task        classification, LeViT, 3 classes", result.Error);
        string command = json.GetProperty("command").GetString()!;
        Assert.Contains($"In full: {command}", result.Error);
        Assert.AreEqual(command, JsonDocument.Parse(File.ReadAllText(Path.Combine(json.GetProperty("run").GetString()!, "args.json"))).RootElement.GetProperty("command").GetString());

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
        FreshProcessResult first = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out"));
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
        FreshProcessResult result = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out", "--dry-run"));
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("folder: 24 train, 6 validation", result.Output);
        Assert.Contains("--epoch 4 --batch 8", result.Output);
        Assert.Contains("--split-ratio 0.2", result.Output);
        Assert.Contains("--split-ratio 0 ", (await CliRun.InProcessAsync(TrainLines.Classification(folder, "out", "--dry-run", "--split-ratio", "0", "--patience", "2"))).Output);
        FreshProcessResult endless = await CliRun.InProcessAsync("segmentation", "--dataset", SmallProjects.Scenes, "--checkpoint", SmallProjects.Starter, "--epoch", "2147483647", "--device", "cpu", "--output", folder["out"], "--dry-run");
        Assert.AreEqual(0, endless.ExitCode, endless.Error);
        Assert.Contains("--steps 2147483647", endless.Output);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }

    [TestMethod]
    public async Task DryRun_WithoutLibTorch_PlansAllTheSame()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] words = [CliRun.Program, .. TrainLines.Classification(folder, "out", "--dry-run", "--libtorch", folder["digits"])];
        words[Array.IndexOf(words, "--device") + 1] = "auto";
        FreshProcessResult result = await FreshProcess.RunToolAsync(null, null, words);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("folder: 24 train, 6 validation", result.Output);
        Assert.Contains("warning: Training needs libtorch", result.Error);
        FreshProcessResult scenes = await FreshProcess.RunToolAsync(null, null, [CliRun.Program, .. TrainLines.Segmentation(folder, "out", "--dry-run", "--libtorch", folder["digits"])]);
        Assert.AreEqual(0, scenes.ExitCode, scenes.Error);
        Assert.Contains("panoptic, Mask2Former, 8 classes", scenes.Output);
        Assert.AreEqual(0, (await FreshProcess.RunToolAsync(null, null, [CliRun.Program, "data", "check", SmallProjects.Scenes])).ExitCode);
    }

    [TestMethod]
    public async Task CrossValidation_OfTheCommand_TellsMeanAndDeviation()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        string[] line = TrainLines.Classification(folder, "out", "--cv-fold", "3", "--freeze", "1", "--augmentation", "none");
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
}
