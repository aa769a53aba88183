using System.Text.Json;
using Microsoft.ML;
using MLNetVision.Imaging.Segments;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Pipelines;
using MLNetVision.Segmentation.Saving;
using MLNetVision.Tests.Models.Pipelines;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Evaluate;

[TestClass]
public sealed class EvaluateTests
{
    private const int Scenes = 6;

    private static string Levit => LevitClassifierTests.Saved.Value;

    private static string Digits => Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    private static string Images => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images");

    [TestMethod]
    [DataRow("panoptic")]
    [DataRow("instance")]
    [DataRow("semantic")]
    public async Task Evaluate_Scenes_GivesTheFiguresOfMLNetsCatalogs(string task)
    {
        using var folder = new TemporaryFolder();
        IDataView data = Some(folder, out MLContext ml);
        FreshProcessResult result = await CliRun.InProcessAsync("evaluate", "--model", Digits, "--dataset", folder["some.json"], "--images", Images, "--task", task, "--json", "-o", folder["out"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement answer = CliRun.Json(result);
        Assert.AreEqual((true, 6, 0, task), (answer.GetProperty("ok").GetBoolean(), answer.GetProperty("pictures").GetInt32(), answer.GetProperty("missed").GetInt32(), answer.GetProperty("task").GetString()));
        SegmentationTask asked = Enum.Parse<SegmentationTask>(task, ignoreCase: true);
        string[] things = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];
        using Mask2FormerTransformer transformer = ml.Transforms.ApplyMask2Former(Digits, new SegmentationScoringOptions
        {
            Task = asked, Threshold = asked == SegmentationTask.Instance ? 0 : 0.5, ThingClasses = asked == SegmentationTask.Panoptic ? things : null,
        }).Fit(data);
        IDataView scored = transformer.Transform(data);
        (string name, double expected) = asked switch
        {
            SegmentationTask.Semantic => ("meanIoU", ml.Segmentation.EvaluateSemantic(scored).MeanIoU),
            SegmentationTask.Instance => ("averagePrecision", ml.Segmentation.EvaluateInstance(scored).AveragePrecision),
            _ => ("pq", ml.Segmentation.EvaluatePanoptic(scored).PanopticQuality),
        };
        JsonElement metrics = answer.GetProperty("metrics");
        Assert.AreEqual(expected, (asked == SegmentationTask.Panoptic ? metrics.GetProperty("all") : metrics).GetProperty(name).GetDouble(), 1e-12);
        Assert.IsGreaterThan(0.3, expected);
        Assert.AreEqual(metrics.GetRawText(), JsonSerializer.Serialize(JsonDocument.Parse(File.ReadAllText(folder["out/metrics.json"])).RootElement));
        foreach (string file in new[] { "report.html", "worst.csv", "per_class.csv", "val_batch0_pred.jpg", "confusion_matrix.svg" })
        {
            Assert.IsTrue(File.Exists(folder[$"out/{file}"]), file);
        }
    }

    [TestMethod]
    public async Task Evaluate_PicturesThatCannotBeRead_CountAsMissed()
    {
        // A picture of another size than its annotation says is a bad record, as for every loader: it is left out, and named.
        using var folder = new TemporaryFolder();
        _ = Some(folder, out _);
        foreach (string file in Directory.GetFiles(Images).Order(StringComparer.Ordinal).Take(Scenes))
        {
            File.Copy(file, folder[$"in/{Path.GetFileName(file)}"]);
        }

        File.WriteAllText(folder["in/0002.jpg"], "no picture");
        File.Delete(folder["in/0004.jpg"]);
        File.Copy(folder["in/0001.jpg"], folder["in/0005.jpg"], overwrite: true);
        string[] asked = ["evaluate", "--model", Digits, "--dataset", folder["some.json"], "--images", folder["in"], "--json"];
        FreshProcessResult result = await CliRun.InProcessAsync(asked);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual((5, 2), (CliRun.Json(result).GetProperty("pictures").GetInt32(), CliRun.Json(result).GetProperty("missed").GetInt32()));
        foreach (string word in new[] { "0002.jpg", "0004.jpg", "image 5" })
        {
            Assert.Contains(word, result.Error);
        }

        Assert.AreEqual(3, (await CliRun.InProcessAsync([.. asked, "--max-errors", "2"])).ExitCode);
        Array.ForEach(Directory.GetFiles(folder["in"]), File.Delete);
        result = await CliRun.InProcessAsync(asked);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("Not one of the 6 pictures", CliRun.Json(result).GetProperty("error").GetString()!);
    }

    [TestMethod]
    public async Task Evaluate_LabelledFolder_CountsWhatTheClassifierSays()
    {
        using var folder = new TemporaryFolder();
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Levit);
        int right = 0;
        for (int i = 0; i < 9; i++)
        {
            string label = classifier.ClassNames[i % classifier.ClassNames.Count], file = folder[$"test/{label}/{i}.png"];
            TestPictures.Save(i, file);
            TestPictures.Save(i, folder[$"train/{label}/{i}.png"]);
            right += classifier.Classify(file).Best.Name == label ? 1 : 0;
        }

        File.WriteAllText(folder[$"test/{classifier.ClassNames[0]}/bad.png"], "no picture");
        FreshProcessResult result = await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", folder.Path, "--json");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement answer = CliRun.Json(result);
        Assert.AreEqual((10, 1, "classification"), (answer.GetProperty("pictures").GetInt32(), answer.GetProperty("missed").GetInt32(), answer.GetProperty("task").GetString()));
        Assert.AreEqual(right / 10.0, answer.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 1e-12);
        Assert.AreEqual(9, CliRun.Json(await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", folder.Path, "--split", "train", "--json")).GetProperty("pictures").GetInt32());
        Assert.AreEqual(3, (await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", folder.Path, "--split", "val")).ExitCode);

        TestPictures.Save(1, folder["test/Unheard of/1.png"]);
        result = await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", folder.Path, "--json", "--max-errors", "1");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("1 pictures are of classes that the network does not know, and count as wrong: 'Unheard of' (1)", result.Error);
        answer = CliRun.Json(result);
        Assert.AreEqual((11, 1), (answer.GetProperty("pictures").GetInt32(), answer.GetProperty("unknownClasses").GetProperty("Unheard of").GetInt32()));
        Assert.AreEqual(right / 11.0, answer.GetProperty("metrics").GetProperty("accuracy").GetDouble(), 1e-12);
        TestPictures.Save(1, folder["others/Unheard of/1.png"]);
        result = await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", folder["others"]);
        Assert.AreEqual(3, result.ExitCode);
        Assert.Contains("knows none of the 1 labels", result.Error);

        result = await CliRun.InProcessAsync("report", "--model", Levit, "--dataset", folder["train"], "-o", folder["out/page.html"], "--title", "My <digits>");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("<h1>My &lt;digits&gt;</h1>", File.ReadAllText(folder["out/page.html"]));
    }

    [TestMethod]
    public async Task Evaluate_DataOfTheOtherKind_SaysWhatTheModelIsAndNeeds()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/1.png"]);
        FreshProcessResult classifier = await CliRun.InProcessAsync("evaluate", "--model", Levit, "--dataset", Path.Combine(Path.GetDirectoryName(Images)!, "panoptic.json"));
        Assert.AreEqual(3, classifier.ExitCode);
        Assert.Contains("this one is a LeViT and classifies pictures", classifier.Error);
        FreshProcessResult segmenter = await CliRun.InProcessAsync("evaluate", "--model", Digits, "--dataset", folder["in"]);
        Assert.AreEqual(3, segmenter.ExitCode);
        Assert.Contains("this one is a Mask2Former and segments pictures", segmenter.Error);
    }

    [TestMethod]
    public async Task Evaluate_LabelMaps_TakeTheNamesOfTheirClasses()
    {
        string test = Path.GetDirectoryName(Images)!;
        string names = string.Join(',', Enumerable.Range(0, 10).Select(digit => $"{digit}")) + ",stripes,checks,dots,waves";
        using var folder = new TemporaryFolder();
        foreach (string map in Directory.GetFiles(Path.Combine(test, "semantic")).Order(StringComparer.Ordinal).Take(3))
        {
            File.Copy(map, folder[$"maps/{Path.GetFileName(map)}"]);
        }

        FreshProcessResult result = await CliRun.InProcessAsync(
            "evaluate", "--model", Digits, "--dataset", folder["maps"], "--images", Images, "--classes", names, "--first-value", "1", "--task", "semantic", "--json");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        JsonElement answer = CliRun.Json(result);
        Assert.AreEqual(3, answer.GetProperty("pictures").GetInt32());
        Assert.IsGreaterThan(0.3, answer.GetProperty("metrics").GetProperty("meanIoU").GetDouble());
    }

    [TestMethod]
    public async Task Evaluate_WhatDoesNotGoTogether_SaysWhyByItsCode()
    {
        using var folder = new TemporaryFolder();
        TestPictures.Save(1, folder["in/cat/1.png"]);
        File.WriteAllText(folder["file"], "x");
        string shapes = Path.Combine(Goldens.RepositoryFolder(), "datasets", "shape-scenes", "test", "panoptic.json");
        (int Code, string Word, string[] Arguments)[] cases =
        [
            (2, "--task", ["--model", Levit, "--dataset", folder["in"], "--task", "semantic"]),
            (2, "--dataset", ["--model", Levit]),
            (2, "is not among the model's classes", ["--model", Digits, "--dataset", Path.Combine(Path.GetDirectoryName(Images)!, "panoptic.json"), "--thing-classes", "nosuch"]),
            (3, "no file or folder", ["--model", Levit, "--dataset", folder["none"]]),
            (3, "'disc'", ["--model", Digits, "--dataset", shapes]),
            (3, "it needs annotations", ["--model", Digits, "--dataset", folder["in"]]),
            (4, "cannot be used", ["--model", folder["in"], "--dataset", folder["in"]]),
            (2, "cannot be a folder", ["--model", Levit, "--dataset", folder["in"], "-o", $"{folder.Path}/file/inside"]),
            (5, "--device", ["--model", Levit, "--dataset", folder["in"], "--device", "cuda:99"]),
        ];
        foreach ((int code, string word, string[] arguments) in cases)
        {
            FreshProcessResult result = await CliRun.InProcessAsync(["evaluate", .. arguments]);
            Assert.AreEqual(code, result.ExitCode, $"{string.Join(' ', arguments)}: {result.Error}");
            Assert.Contains(word, result.Error);
        }
    }

    // The first scenes as a file beside whose pictures it does not lie.
    private static IDataView Some(TemporaryFolder folder, out MLContext ml)
    {
        ml = new MLContext(1);
        IDataView some = ml.Data.TakeRows(ml.Data.LoadFromCocoPanoptic(Path.Combine(Path.GetDirectoryName(Images)!, "panoptic.json"), Images), Scenes);
        ml.Data.SaveToCocoPanoptic(some, folder["some.json"], options: new AnnotationSaveOptions { ImageFolder = Images });
        return some;
    }
}
