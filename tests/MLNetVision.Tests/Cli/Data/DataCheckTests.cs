using System.Text.Json;
using MLNetVision.Imaging.Pictures.Decoding;
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
        Assert.Contains("panoptic.json', COCO panoptic", text.Output);
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
        Assert.Contains("None of the pictures of 'a.json' was found: --images names", result.Error);
        Assert.Contains("1 record(s) cannot be used.", result.Error);
        Assert.AreEqual(3, (await CliRun.InProcessAsync("data", "check", folder["none.json"])).ExitCode);
        Assert.AreEqual(2, (await CliRun.InProcessAsync("data")).ExitCode);
    }

    [TestMethod]
    public async Task Check_LabelledPictures_CountsClassesAndFindsWhatIsWrong()
    {
        using var folder = new TemporaryFolder();
        foreach ((string part, string label, int count) in new[] { ("train", "cat", 3), ("train", "dog", 2), ("test", "cat", 1), ("test", "dog", 1) })
        {
            for (int i = 0; i < count; i++)
            {
                TestPictures.Save((part == "train" ? 0 : 20) + (label == "cat" ? 0 : 10) + i, folder[$"data/{part}/{label}/{i}.png"]);
            }
        }

        FreshProcessResult result = await CliRun.InProcessAsync("data", "check", folder["data"]);
        Assert.AreEqual(0, result.ExitCode, result.Output);
        Assert.MatchesRegex(@"class +test +train", result.Output);
        Assert.MatchesRegex(@"cat +1 +3", result.Output);
        Assert.Contains("Nothing is wrong", result.Error);

        File.WriteAllText(folder["data/train/cat/bad.png"], "no picture");
        File.Copy(folder["data/train/cat/0.png"], folder["data/train/dog/copy.png"]);
        File.Copy(folder["data/train/cat/1.png"], folder["data/test/cat/leak.png"]);
        File.Copy(folder["data/train/cat/2.png"], folder["data/train/cat/twice.png"]);
        TestPictures.Save(50, folder["data/test/owl/1.png"]);
        result = await CliRun.InProcessAsync("data", "check", folder["data"]);
        Assert.AreEqual(3, result.ExitCode, result.Output);
        foreach (string word in new[] { "bad.png", "copy.png", "leak.png", "with several labels", "in several parts", "no picture of 'owl'", "1 picture(s) are there several times" })
        {
            Assert.Contains(word, result.Output);
        }

        Assert.Contains("1 file(s) or line(s) cannot be read, 1 picture(s) have several labels, 1 picture(s) are in several parts, 1 class(es) have no picture to learn from.", result.Error);
        JsonElement json = CliRun.Json(await CliRun.InProcessAsync("data", "check", folder["data"], "--json"));
        Assert.AreEqual((3, "owl", 1), (json.GetProperty("same").GetArrayLength(), json.GetProperty("unlearned")[0].GetString(), json.GetProperty("found").GetArrayLength()));
        Assert.AreEqual(4, json.GetProperty("splits").EnumerateArray().Single(split => split.GetProperty("name").GetString() == "train").GetProperty("classes").GetProperty("cat").GetInt32());
    }

    [TestMethod]
    public async Task Check_PictureThatBreaksOff_IsFoundThoughItsHeaderIsSound()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(TestPictures.Save(1, folder["data/cat/whole.jpg"]));
        File.WriteAllBytes(folder["data/cat/half.jpg"], whole[..(whole.Length * 2 / 3)]);
        FreshProcessResult labels = await CliRun.InProcessAsync("data", "check", folder["data"]);
        Assert.AreEqual(3, labels.ExitCode, labels.Output);
        Assert.MatchesRegex("half.jpg' ends before its picture does", labels.Output);
        (int width, int height) = ImageDecoder.ReadSize(whole);
        File.WriteAllText(folder["data/cat/a.json"], $$"""
            {"images": [{"id": 1, "file_name": "whole.jpg", "width": {{width}}, "height": {{height}} }, {"id": 2, "file_name": "half.jpg", "width": {{width}}, "height": {{height}} }],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]], "bbox": [1, 1, 8, 8], "area": 32, "iscrowd": 0}], "categories": [{"id": 1, "name": "cat"}]}
            """);
        FreshProcessResult segments = await CliRun.InProcessAsync("data", "check", folder["data/cat/a.json"]);
        Assert.AreEqual(3, segments.ExitCode, segments.Output);
        Assert.Contains("1 picture(s) cannot be read.", segments.Error);
    }

    [TestMethod]
    public async Task Check_ListOfLabels_IsReadLikeAFolder()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["a.png"]);
        TestPictures.Save(2, folder["b.png"]);
        File.WriteAllText(folder["list.csv"], "image,label\na.png,cat\nb.png,dog\n");
        JsonElement json = CliRun.Json(await CliRun.InProcessAsync("data", "check", folder["list.csv"], "--json"));
        Assert.AreEqual((true, 2), (json.GetProperty("ok").GetBoolean(), json.GetProperty("splits")[0].GetProperty("images").GetInt32()));
    }
}
