using System.Text;
using System.Text.Json;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Models.Pipelines;
using MLNetVision.Tests.Models.Pipelines;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Predict;

[TestClass]
public sealed class PredictTests
{
    private static string Levit => LevitClassifierTests.Saved.Value;

    private static string Mask2Former => Mask2FormerSegmenterTests.Saved.Value;

    private static TemporaryFolder Pictures(int count)
    {
        var folder = new TemporaryFolder();
        for (int i = 0; i < count; i++)
        {
            TestPictures.Save(i, folder[$"in/{i:d3}.png"]);
        }

        return folder;
    }

    private static JsonElement[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    [TestMethod]
    public async Task Jsonl_FolderWithABadPicture_HasALineForEachInOrder()
    {
        using TemporaryFolder folder = Pictures(5);
        File.WriteAllText(folder["in/002.png"], "no picture");
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", Levit, "--top-k", "3", folder["in"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement[] lines = Lines(result.Output);
        Assert.HasCount(5, lines);
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Levit);
        for (int i = 0; i < 5; i++)
        {
            Assert.AreEqual(folder[$"in/{i:d3}.png"], lines[i].GetProperty("image").GetString());
            if (i == 2)
            {
                Assert.Contains("002.png", lines[i].GetProperty("problem").GetString()!);
                continue;
            }

            ClassProbability best = classifier.Classify(folder[$"in/{i:d3}.png"]).Best;
            Assert.AreEqual((best.Name, best.Probability), (lines[i].GetProperty("label").GetString(), lines[i].GetProperty("score").GetSingle()));
            Assert.AreEqual(3, lines[i].GetProperty("top").GetArrayLength());
        }

        Assert.Contains("5 pictures, 1 could not be read", result.Error);
    }

    [TestMethod]
    [DataRow("in/000.png", "jsonl", "holds no earlier predictions")]
    [DataRow("model/config.json", "jsonl", "is the model")]
    [DataRow("list.txt", "csv", "is the list")]
    [DataRow("truth.json", "coco", "holds no earlier predictions")]
    [DataRow("link.jsonl", "jsonl", "holds no earlier predictions")]
    public async Task Output_FileThatIsNoEarlierAnswer_StaysAsItIs(string output, string format, string expected)
    {
        using TemporaryFolder folder = Pictures(1);
        string checkpoint = format == "coco" ? Mask2Former : Levit;
        foreach (string file in Directory.EnumerateFiles(checkpoint))
        {
            File.Copy(file, folder["model/" + Path.GetFileName(file)]);
        }

        File.WriteAllText(folder["list.txt"], "in/000.png\n");
        File.WriteAllText(folder["truth.json"], """{"annotations":[{"id":1,"image_id":1,"category_id":1,"area":4,"bbox":[0,0,2,2],"iscrowd":0}],"images":[],"categories":[]}""");
        File.CreateSymbolicLink(folder["link.jsonl"], folder["in/000.png"]);
        byte[] before = File.ReadAllBytes(folder[output]);
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", folder["model"], "--format", format, "--output", folder[output], "@" + folder["list.txt"]);
        Assert.AreEqual(2, result.ExitCode, result.Error);
        Assert.Contains(expected, result.Error);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder[output]));
        result = await CliRun.InProcessAsync("predict", "--model", folder["model"], "--log-file-path", folder["in/000.png"], folder["in/000.png"]);
        Assert.AreEqual(2, result.ExitCode, result.Error);
        Assert.Contains("no text file", result.Error);
    }

    [TestMethod]
    [DataRow("jsonl")]
    [DataRow("csv")]
    [DataRow("coco")]
    [DataRow("coco-panoptic")]
    public async Task Output_EarlierAnswer_IsWrittenAnew(string format)
    {
        using TemporaryFolder folder = Pictures(1);
        string[] command = ["predict", "--model", Mask2Former, "--format", format, "--output", folder["out.json"], folder["in"]];
        for (int i = 0; i < 2; i++)
        {
            FreshProcessResult result = await CliRun.InProcessAsync(command);
            Assert.AreEqual(0, result.ExitCode, result.Error);
        }
    }

    [TestMethod]
    public async Task StandardInput_PathsAndObjects_AreAnsweredLineByLine()
    {
        using TemporaryFolder folder = Pictures(2);
        string input = $"{folder["in/001.png"]}\n\n{{\"image\": \"{folder["in/000.png"]}\", \"id\": [7, \"x\"]}}\nnowhere.png\n";
        FreshProcessResult result = await CliRun.AsProcessAsync(input, "predict", "--model", Levit, "-");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement[] lines = Lines(result.Output);
        Assert.HasCount(4, lines);
        Assert.IsTrue(lines[0].TryGetProperty("label", out _));
        Assert.Contains("empty", lines[1].GetProperty("problem").GetString()!);
        Assert.AreEqual("[7, \"x\"]", lines[2].GetProperty("id").GetRawText());
        Assert.Contains("nowhere.png", lines[3].GetProperty("problem").GetString()!);
    }

    [TestMethod]
    public async Task StandardInput_ManyLines_KeepsMemoryFlat()
    {
        using TemporaryFolder folder = Pictures(3);
        string input = new StringBuilder().Insert(0, $"{folder["in/000.png"]}\nnowhere.png\n{folder["in/002.png"]}\n", 1000).ToString();
        FreshProcessResult result = await CliRun.AsProcessAsync(input, "predict", "--model", Levit, "--batch", "8", "-");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement[] lines = Lines(result.Output);
        Assert.HasCount(3000, lines);
        Assert.IsTrue(lines.Select((line, i) => line.TryGetProperty("problem", out _) == (i % 3 == 1)).All(right => right));
        Assert.IsLessThan(10, result.Error.Split('\n').Length, "a thousand bad pictures are counted, not listed");
    }

    [TestMethod]
    public async Task List_OfPaths_CountsFromTheListsFolder()
    {
        using TemporaryFolder folder = Pictures(2);
        File.WriteAllText(folder["in/list.txt"], "001.png\n000.png\n");
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", Levit, "@" + folder["in/list.txt"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual("001.png 000.png", string.Join(' ', Lines(result.Output).Select(line => line.GetProperty("image").GetString())));
    }

    [TestMethod]
    public async Task MaxErrors_Exceeded_IsCode3AndKeepsWhatWasDone()
    {
        using TemporaryFolder folder = Pictures(1);
        File.WriteAllText(folder["list"], $"{folder["in/000.png"]}\na.png\nb.png\n{folder["in/000.png"]}\n");
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", Levit, "--max-errors", "1", "--batch", "1", "@" + folder["list"]);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("--max-errors 1", result.Error);
        Assert.HasCount(2, Lines(result.Output));
        Assert.AreEqual(0, (await CliRun.InProcessAsync("predict", "--model", Levit, "--max-errors", "2", "@" + folder["list"])).ExitCode);
        File.WriteAllText(folder["bad"], "a.png\n");
        Assert.AreEqual(3, (await CliRun.InProcessAsync("predict", "--model", Levit, "@" + folder["bad"])).ExitCode);
    }

    [TestMethod]
    public async Task SkipExisting_AnswersOfBefore_AreKeptInOrder()
    {
        using TemporaryFolder folder = Pictures(4);
        string output = folder["out/answers.jsonl"];
        File.WriteAllText(output, $"{{\"image\":\"{folder["in/001.png"]}\",\"label\":\"kept\"}}\n{{\"image\":\"{folder["in/002.png"]}\",\"problem\":\"then\"}}\n{{\"image\":\"{folder["in/003.png"]}\",\"lab");
        FreshProcessResult result = await CliRun.InProcessAsync("predict", "--model", Levit, "--skip-existing", "--json", "-o", output, folder["in"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement answer = CliRun.Json(result);
        Assert.AreEqual((3, 1, 0), (answer.GetProperty("answered").GetInt32(), answer.GetProperty("kept").GetInt32(), answer.GetProperty("failed").GetInt32()));
        JsonElement[] lines = Lines(File.ReadAllText(output));
        CollectionAssert.AreEqual(Enumerable.Range(0, 4).Select(i => folder[$"in/{i:d3}.png"]).ToArray(), lines.Select(line => line.GetProperty("image").GetString()).ToArray());
        Assert.AreEqual("kept", lines[1].GetProperty("label").GetString());
        Assert.IsTrue(lines.Take(1).Concat(lines.Skip(2)).All(line => line.TryGetProperty("score", out _)));
        CollectionAssert.AreEqual(new[] { "answers.jsonl" }, Directory.GetFiles(folder["out"]).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public async Task Output_FolderOrLink_IsRefusedOrFollowed()
    {
        using TemporaryFolder folder = Pictures(1);
        Directory.CreateDirectory(folder["taken.jsonl"]);
        FreshProcessResult taken = await CliRun.InProcessAsync("predict", "--model", Levit, "-o", folder["taken.jsonl"], folder["in"]);
        Assert.AreEqual(2, taken.ExitCode, taken.Error);
        Assert.Contains("is a folder, where a file is to be written", taken.Error);
        File.WriteAllText(folder["real.jsonl"], "{\"image\":\"before.png\"}\n");
        File.CreateSymbolicLink(folder["link.jsonl"], folder["real.jsonl"]);
        FreshProcessResult linked = await CliRun.InProcessAsync("predict", "--model", Levit, "-o", folder["link.jsonl"], folder["in"]);
        Assert.AreEqual(0, linked.ExitCode, linked.Error);
        Assert.AreEqual(folder["real.jsonl"], new FileInfo(folder["link.jsonl"]).LinkTarget);
        Assert.HasCount(1, Lines(File.ReadAllText(folder["real.jsonl"])));
    }

    [TestMethod]
    public async Task Files_OfSegments_AreWrittenForEachPicture()
    {
        using TemporaryFolder folder = Pictures(2);
        FreshProcessResult result = await CliRun.InProcessAsync(
            "predict", "--model", Mask2Former, "--task", "semantic", "--format", "masks", "-o", folder["masks"], "--overlays", folder["drawn"], "--crops", folder["crops"], folder["in"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        foreach (string name in (string[])["000", "001"])
        {
            (int Width, int Height) size = ImageDecoder.ReadSize(folder[$"in/{name}.png"]);
            Assert.AreEqual(size, ImageDecoder.ReadSize(folder[$"masks/{name}.png"]));
            Assert.IsGreaterThanOrEqualTo(size.Width, ImageDecoder.ReadSize(folder[$"drawn/{name}.png"]).Width);
        }

        Assert.HasCount(2, Lines(File.ReadAllText(folder["masks/predictions.jsonl"])));
        Assert.IsNotEmpty(Directory.GetFiles(folder["crops"], "000-*.png", SearchOption.AllDirectories));
    }

    [TestMethod]
    public async Task Files_InThePicturesFolder_NeverReplaceThePictures()
    {
        using TemporaryFolder folder = Pictures(1);
        byte[] before = File.ReadAllBytes(folder["in/000.png"]);
        FreshProcessResult masks = await CliRun.InProcessAsync("predict", "--model", Mask2Former, "--format", "masks", "-o", folder["in"], folder["in/000.png"]);
        Assert.AreEqual(2, masks.ExitCode);
        FreshProcessResult overlays = await CliRun.InProcessAsync("predict", "--model", Mask2Former, "--overlays", folder["in"], folder["in/000.png"]);
        Assert.AreEqual(0, overlays.ExitCode, overlays.Error);
        CollectionAssert.AreEqual(before, File.ReadAllBytes(folder["in/000.png"]));
        Assert.IsTrue(File.Exists(folder["in/000-overlay.png"]));
    }

    [TestMethod]
    public async Task Coco_AndTiles_AreWhatTheLibraryGives()
    {
        using TemporaryFolder folder = Pictures(2);
        FreshProcessResult coco = await CliRun.InProcessAsync(
            "predict", "--model", Mask2Former, "--task", "instance", "--score-threshold", "0", "--format", "coco", "--json", "-o", folder["found.json"], folder["in"]);
        Assert.AreEqual(0, coco.ExitCode, coco.Error);
        using JsonDocument written = JsonDocument.Parse(File.ReadAllText(folder["found.json"]));
        Assert.AreEqual(2, written.RootElement.GetProperty("images").GetArrayLength());
        Assert.IsTrue(written.RootElement.GetProperty("annotations")[0].TryGetProperty("score", out _));

        FreshProcessResult tiled = await CliRun.InProcessAsync("predict", "--model", Mask2Former, "--task", "semantic", "--tile", "32x32", "--overlap", "8", folder["in/000.png"]);
        Assert.AreEqual(0, tiled.ExitCode, tiled.Error);
        Assert.AreEqual(ImageDecoder.ReadSize(folder["in/000.png"]).Width, Lines(tiled.Output)[0].GetProperty("width").GetInt32());
        Assert.AreEqual(2, (await CliRun.InProcessAsync("predict", "--model", Levit, "--tile", "32x32", folder["in/000.png"])).ExitCode);
    }
}
