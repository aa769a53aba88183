using System.Text.Json;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Data;

[TestClass]
public sealed class DataCheckTests
{
    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "train", "panoptic.json");

    [TestMethod]
    public async Task Check_GoodScenes_SaysWhatIsInThem()
    {
        FreshProcessResult text = await CliRun.InProcessAsync("data", "check", Scenes);
        Assert.AreEqual(0, text.ExitCode, text.Error);
        Assert.Contains("CocoPanoptic", text.Output);
        JsonElement split = CliRun.Json(await CliRun.InProcessAsync("data", "check", Scenes, "--json")).GetProperty("splits")[0];
        Assert.AreEqual(40, split.GetProperty("images").GetInt32());
        Assert.AreEqual(0, split.GetProperty("badRecords").GetInt32());
        Assert.IsTrue(split.GetProperty("classes").EnumerateArray().All(item => item.GetProperty("segments").GetInt32() > 0));
    }

    [TestMethod]
    public async Task CheckAndEvaluate_PicturesWithoutOneSegment_AreCode3()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(0, folder["a.png"]);
        File.WriteAllText(folder["a.json"], """{"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 36}], "annotations": [], "categories": [{"id": 1, "name": "0"}]}""");
        FreshProcessResult check = await CliRun.InProcessAsync("data", "check", folder["a.json"]);
        Assert.AreEqual(3, check.ExitCode, check.Output);
        Assert.Contains("'a.json' has pictures and not one segment in them", check.Error);
        string model = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");
        FreshProcessResult evaluate = await CliRun.InProcessAsync("evaluate", "--model", model, "--dataset", folder["a.json"]);
        Assert.AreEqual(3, evaluate.ExitCode, evaluate.Output);
        Assert.Contains("has 1 image(s) and not one segment in them", evaluate.Error);
    }

    [TestMethod]
    public async Task Check_MissingPicture_IsCode3WithTheRecord()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.json"], """{"images": [{"id": 1, "file_name": "x.png", "width": 4, "height": 4}], "annotations": [], "categories": [{"id": 1, "name": "cat"}]}""");
        FreshProcessResult result = await CliRun.InProcessAsync("data", "check", folder["a.json"]);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("x.png", result.Output);
        Assert.AreEqual(3, (await CliRun.InProcessAsync("data", "check", folder["none.json"])).ExitCode);
        Assert.AreEqual(2, (await CliRun.InProcessAsync("data")).ExitCode);
    }
}
