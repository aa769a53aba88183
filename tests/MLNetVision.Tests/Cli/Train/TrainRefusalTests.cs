using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class TrainRefusalTests
{
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
    public async Task Segmentation_FoldersOfClasses_SaysWhatTheyAreFor()
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("segmentation", "--dataset", SmallProjects.Digits(folder), "--output", folder["out"], "--device", "cpu");
        Assert.AreEqual(3, result.ExitCode, result.Error);
        Assert.Contains("as for a classification", result.Error);
    }

    [TestMethod]
    public async Task Training_WhatWouldBeSpoilt_IsRefusedBeforeAnythingIsWritten()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        Directory.CreateDirectory(folder["out/Digits"]);
        File.WriteAllText(folder["out/Digits/Digits.mlnet"], "another's");
        FreshProcessResult foreign = await CliRun.InProcessAsync(TrainLines.Classification(folder, "out"));
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
    public async Task LibTorch_FolderWithoutIt_SaysWhatToName()
    {
        using var folder = new TemporaryFolder();
        SmallProjects.Digits(folder);
        FreshProcessResult result = await CliRun.AsProcessAsync(null, TrainLines.Classification(folder, "out", "--libtorch", folder["digits"]));
        Assert.AreEqual(1, result.ExitCode, result.Error);
        Assert.StartsWith("error: Training needs libtorch 2.10", result.Error);
        Assert.Contains("--libtorch FOLDER", result.Error);
        Assert.IsFalse(Directory.Exists(folder["out"]));
    }
}
