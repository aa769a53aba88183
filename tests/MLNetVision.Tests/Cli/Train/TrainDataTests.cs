using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Train;

/// <summary>What a training makes of the data that it is given.</summary>
[TestClass]
public sealed class TrainDataTests
{
    [TestMethod]
    public async Task DryRun_FolderOfParts_TakesTheAnnotationsAsTheyAreDivided()
    {
        using var folder = new TemporaryFolder();
        foreach ((string part, int count) in new[] { ("train", 4), ("valid", 2), ("test", 3) })
        {
            var images = new List<string>();
            var annotations = new List<string>();
            for (int i = 0; i < count; i++)
            {
                (int width, int height) = ImageDecoder.ReadSize(TestPictures.Save(i, folder[$"export/{part}/{part}{i}.jpg"]));
                images.Add($$"""{"id": {{i}}, "file_name": "{{part}}{{i}}.jpg", "width": {{width}}, "height": {{height}} }""");
                annotations.Add($$"""{"id": {{i}}, "image_id": {{i}}, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]], "bbox": [1, 1, 8, 8], "area": 32, "iscrowd": 0}""");
            }

            File.WriteAllText(folder[$"export/{part}/_annotations.coco.json"], $$"""{"images": [{{string.Join(", ", images)}}], "annotations": [{{string.Join(", ", annotations)}}], "categories": [{"id": 1, "name": "bolt"}]}""");
        }

        FreshProcessResult result = await CliRun.InProcessAsync("segmentation", "--dataset", folder["export"], "--checkpoint", SmallProjects.Starter, "--device", "cpu", "--output", folder["out"], "--dry-run");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("coco-instances: 4 train, 2 validation, 3 test", result.Output);
        File.Copy(folder["export/train/_annotations.coco.json"], folder["export/train/other.json"]);
        FreshProcessResult two = await CliRun.InProcessAsync("segmentation", "--dataset", folder["export"], "--output", folder["out"], "--dry-run");
        Assert.AreEqual(3, two.ExitCode, two.Output);
        Assert.Contains("holds 4 files of annotations", two.Error);
        Assert.DoesNotContain("LoadSegmentation", two.Error);
    }

    [TestMethod]
    public async Task DryRun_DataOfTheOtherTask_SaysWhichTheyAreFor()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["labelme/a.jpg"]);
        File.WriteAllText(folder["labelme/a.json"], """{"shapes": [], "imagePath": "a.jpg", "imageHeight": 36, "imageWidth": 40}""");
        FreshProcessResult classes = await CliRun.InProcessAsync("image-classification", "--dataset", folder["labelme"], "--output", folder["out"], "--dry-run");
        Assert.AreEqual(3, classes.ExitCode, classes.Output);
        Assert.Contains("holds annotations of segments (labelme)", classes.Error);
        FreshProcessResult folderOfProject = await CliRun.InProcessAsync("train", "--training-config", folder["labelme"]);
        Assert.AreEqual(3, folderOfProject.ExitCode, folderOfProject.Output);
        Assert.Contains($"'{folder["labelme"]}' is a folder, not a project file.", folderOfProject.Error);
        File.WriteAllText(folder["labelme/Parts.mbconfig"], "{}");
        Assert.Contains($"Did you mean '{folder["labelme/Parts.mbconfig"]}'?", (await CliRun.InProcessAsync("train", "--training-config", folder["labelme"])).Error);
    }
}
