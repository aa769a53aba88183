using System.Text.Json;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Data;

[TestClass]
public sealed class DataConvertTests
{
    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");

    private static string Digits => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digits", "test");

    [TestMethod]
    public async Task Convert_Scenes_SaysWhatWasWrittenAndNeverWritesOver()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["data", "convert", Scenes, "--format", "yolo", "-o", folder["yolo"], "--json"];
        FreshProcessResult result = await CliRun.InProcessAsync(command);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement part = CliRun.Json(result).GetProperty("parts")[0];
        Assert.AreEqual((20, "train"), (part.GetProperty("images").GetInt32(), part.GetProperty("name").GetString()));
        Assert.AreEqual(0, (await CliRun.InProcessAsync("data", "check", folder["yolo"])).ExitCode);
        result = await CliRun.InProcessAsync(command);
        Assert.AreEqual(2, result.ExitCode, "trying again does not mend it");
        Assert.Contains("exists", result.Error);
        File.WriteAllText(folder["file"], "a file");
        foreach (string place in (string[])["file", "file/below"])
        {
            foreach (string[] line in (string[][])[["convert", Scenes, "--format", "voc"], ["convert", Scenes, "--format", "coco-panoptic"], ["split", Scenes], ["split", Digits]])
            {
                result = await CliRun.InProcessAsync(["data", .. line, "-o", Path.Combine(folder.Path, place)]);
                Assert.AreEqual(2, result.ExitCode, result.Error);
                Assert.Contains("is a file, where a folder is to be made", result.Error);
            }
        }

        Assert.AreEqual(3, (await CliRun.InProcessAsync("data", "convert", folder["none"], "--format", "voc", "-o", folder["voc"])).ExitCode);
        Assert.AreEqual(2, (await CliRun.InProcessAsync("data", "convert", Scenes, "--format", "unheard", "-o", folder["voc"])).ExitCode);
    }

    [TestMethod]
    [DataRow("0.9", 406, 44, 0)]
    [DataRow("0.7,0.2,0.1", 314, 92, 44)]
    [DataRow("train=0.5,test=0.5", 225, 0, 225)]
    public async Task Split_Digits_WritesListsOfTheRatio(string ratio, int train, int val, int test)
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("data", "split", Digits, "--ratio", ratio, "-o", folder["out"], "--json");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Dictionary<string, int> counts = CliRun.Json(result).GetProperty("parts").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!, part => part.GetProperty("images").GetInt32());
        Assert.AreEqual(450, counts.Values.Sum());
        Assert.AreEqual((train, val, test), (counts["train"], counts.GetValueOrDefault("val"), counts.GetValueOrDefault("test")));
    }

    [TestMethod]
    public async Task Next_CommandOfASplit_FindsThePictures()
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("data", "split", Scenes, "--ratio", "0.6,0.2,0.2", "-o", folder["out"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        string next = result.Error.Split('\n').Single(line => line.StartsWith("Next: mlnetvision ", StringComparison.Ordinal))["Next: mlnetvision ".Length..];
        Assert.Contains($"--images {Path.Combine(Path.GetDirectoryName(Scenes)!, "images")}", next);
        string[] words = [.. next.Replace("NAME", "Parts").Split(' '), "--output", folder["models"], "--checkpoint", SmallProjects.Starter, "--device", "cpu", "--dry-run"];
        result = await CliRun.InProcessAsync(words);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("coco-panoptic: 11 train, 5 validation, 4 test", result.Output);
    }

    [TestMethod]
    [DataRow("list", "--dataset OUT/train.csv --validation-dataset OUT/val.csv --name")]
    [DataRow("copy", "--dataset OUT --name")]
    public async Task Next_CommandOfLabels_NamesTheParts(string files, string named)
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("data", "split", Digits, "--files", files, "-o", folder["out"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains($"Next: mlnetvision image-classification {named.Replace("OUT", folder["out"])} NAME", result.Error);
    }

    [TestMethod]
    [DataRow("yolo", "segmentation --dataset OUT/data.yaml")]
    [DataRow("voc", "segmentation --dataset OUT")]
    [DataRow("masks", "evaluate --model MODEL --dataset OUT")]
    [DataRow("yolo-boxes", "data check OUT/data.yaml")]
    public async Task Next_CommandOfAForm_IsOneThatReadsIt(string format, string command)
    {
        using var folder = new TemporaryFolder();
        FreshProcessResult result = await CliRun.InProcessAsync("data", "convert", Scenes, "--format", format, "-o", folder["out"], "--json");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.StartsWith($"mlnetvision {command.Replace("OUT", folder["out"])}", CliRun.Json(result).GetProperty("next").GetString()!);
    }

    [TestMethod]
    [DataRow("--ratio", "1.2")]
    [DataRow("--ratio", "0.5,0.6")]
    [DataRow("--ratio", "0.2,0.2,0.2,0.4")]
    [DataRow("--files", "move")]
    public async Task Split_WrongOptions_AreCode2(string option, string value)
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(2, (await CliRun.InProcessAsync("data", "split", Digits, option, value, "-o", folder["out"])).ExitCode);
        Assert.AreEqual(2, (await CliRun.InProcessAsync("data", "split", Scenes, "--files", "copy", "-o", folder["out"])).ExitCode);
    }
}
