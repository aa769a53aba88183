using System.Text.Json;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Models.Pipelines;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Cli.Evaluate;

/// <summary>Predictions that were written to a file are measured as the network that made them.</summary>
[TestClass]
public sealed class SavedPredictionTests
{
    private static string Levit => LevitClassifierTests.Saved.Value;

    private static string Scenes => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test");

    private static string Segmenter => Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    [TestMethod]
    public async Task Evaluate_ClassesAllNamed_GivesTheFiguresOfTheNetwork()
    {
        using var folder = new TemporaryFolder();
        int classes = Labelled(folder, 12);
        await Predicted("--model", Levit, "--top-k", $"{classes}", "-o", folder["answers.jsonl"], folder["test/**/*.png"]);
        JsonElement own = await Metrics("--model", Levit, "--dataset", folder["test"]);
        JsonElement saved = await Metrics("--predictions", folder["answers.jsonl"], "--dataset", folder["test"]);
        AssertSame(own, saved);
        Assert.AreNotEqual(JsonValueKind.Null, saved.GetProperty("logLoss").ValueKind);

        await Predicted("--model", Levit, "--top-k", $"{classes}", "--format", "csv", "-o", folder["answers.csv"], folder["test/**/*.png"]);
        AssertSame(own, await Metrics("--predictions", folder["answers.csv"], "--dataset", folder["test"]));
    }

    [TestMethod]
    public async Task Report_BestClassAlone_KnowsAccuracyAndSaysWhatItDoesNotKnow()
    {
        using var folder = new TemporaryFolder();
        Labelled(folder, 12);
        await Predicted("--model", Levit, "-o", folder["answers.jsonl"], folder["test/**/*.png"]);
        JsonElement own = await Metrics("--model", Levit, "--dataset", folder["test"]);
        JsonElement saved = await Metrics("--predictions", folder["answers.jsonl"], "--dataset", folder["test"]);
        Assert.AreEqual(own.GetProperty("accuracy").GetDouble(), saved.GetProperty("accuracy").GetDouble());
        Assert.AreEqual(own.GetProperty("expectedCalibrationError").GetDouble(), saved.GetProperty("expectedCalibrationError").GetDouble());
        Assert.AreEqual((JsonValueKind.Null, 1), (saved.GetProperty("logLoss").ValueKind, saved.GetProperty("topCount").GetInt32()));

        FreshProcessResult result = await CliRun.InProcessAsync("report", "-p", folder["answers.jsonl"], "--dataset", folder["test"], "-o", folder["page.html"]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.Contains("name the 1 most probable", File.ReadAllText(folder["page.html"]));
    }

    [TestMethod]
    public async Task Evaluate_PicturesWithoutPrediction_CountAsWrong()
    {
        using var folder = new TemporaryFolder();
        Labelled(folder, 6);
        await Predicted("--model", Levit, "-o", folder["answers.jsonl"], folder["test/**/*.png"]);
        string[] lines = File.ReadAllLines(folder["answers.jsonl"]);
        File.WriteAllLines(folder["answers.jsonl"], [.. lines[..4], "{\"image\":\"elsewhere.png\",\"label\":\"x\",\"score\":0.5}", "{\"image\":\"bro", "{\"image\":\"a.png\",\"label\":\"x\",\"score\":7}"]);
        FreshProcessResult result = await CliRun.InProcessAsync("evaluate", "--predictions", folder["answers.jsonl"], "--dataset", folder["test"], "--json");
        Assert.AreEqual(0, result.ExitCode, result.Error);
        Assert.AreEqual((6, 2), (CliRun.Json(result).GetProperty("pictures").GetInt32(), CliRun.Json(result).GetProperty("missed").GetInt32()));
        foreach (string word in new[] { "line 6", "line 7", "no prediction", "1 predictions" })
        {
            Assert.Contains(word, result.Error);
        }
    }

    [TestMethod]
    [DataRow("panoptic", "jsonl")]
    [DataRow("panoptic", "coco-panoptic")]
    [DataRow("instance", "jsonl")]
    [DataRow("instance", "coco")]
    [DataRow("semantic", "jsonl")]
    public async Task Evaluate_Segments_GivesTheFiguresOfTheNetwork(string task, string format)
    {
        using var folder = new TemporaryFolder();
        string annotations = Path.Combine(Scenes, "panoptic.json"), file = folder[$"found.{(format == "jsonl" ? "jsonl" : "json")}"];
        string[] threshold = ["--score-threshold", task == "instance" ? "0" : "0.5"], things = task == "panoptic" ? ["--thing-classes", "0,1,2,3,4,5,6,7,8,9"] : [];
        await Predicted([Path.Combine(Scenes, "images"), "--model", Segmenter, "--task", task, "--format", format, "-o", file, .. threshold, .. things]);
        JsonElement own = await Metrics("--model", Segmenter, "--dataset", annotations, "--task", task);
        AssertSame(own, await Metrics("--predictions", file, "--dataset", annotations, "--task", task));
    }

    [TestMethod]
    public async Task Evaluate_WhatDoesNotGoTogether_SaysWhyByItsCode()
    {
        using var folder = new TemporaryFolder();
        Labelled(folder, 3);
        File.WriteAllText(folder["boxes.csv"], "image,segment,label,score,x0,y0,x1,y1,area,problem\n1.jpg,1,3,0.9,0,0,2,2,4,\n");
        File.WriteAllText(folder["text"], "nothing of the kind");
        File.WriteAllText(folder["other.jsonl"], "{\"image\":\"far/away.png\",\"label\":\"cat\",\"score\":0.5}\n");
        File.WriteAllText(folder["unknown.jsonl"], "{\"image\":\"far/away.png\",\"label\":\"nobody\",\"score\":0.5}\n");
        File.WriteAllText(folder["vott.json"], "{\"assets\":{},\"tags\":[]}");
        (int Code, string Word, string[] Arguments)[] cases =
        [
            (2, "--predictions", []),
            (2, "--predictions", ["--model", Levit, "--predictions", folder["text"]]),
            (2, "--libtorch", ["--predictions", folder["text"], "--libtorch", "x"]),
            (3, "no file", ["--predictions", folder["none"]]),
            (3, "masks", ["--predictions", folder["boxes.csv"]]),
            (3, "no predictions", ["--predictions", folder["text"]]),
            (3, "name none of the", ["--predictions", folder["unknown.jsonl"]]),
            (3, "'far/away.png'", ["--predictions", folder["other.jsonl"]]),
            (3, "not predictions", ["--predictions", folder["vott.json"]]),
            (2, "whole pictures", ["--predictions", folder["other.jsonl"], "--task", "semantic"]),
        ];
        foreach ((int code, string word, string[] arguments) in cases)
        {
            FreshProcessResult result = await CliRun.InProcessAsync(["evaluate", "--dataset", folder["test"], .. arguments]);
            Assert.AreEqual(code, result.ExitCode, $"{string.Join(' ', arguments)}: {result.Error}");
            Assert.Contains(word, result.Error);
        }
    }

    [TestMethod]
    public async Task Evaluate_AnnotationsWithoutClasses_SaysWhatTheyLack()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["found.jsonl"], """{"image":"a.png","height":2,"width":2,"segments":[{"label":"cat","score":0.5,"mask":{"size":[2,2],"counts":[0,4]}}]}""");
        File.WriteAllText(folder["empty.json"], """{"images":[],"annotations":[],"categories":[]}""");
        FreshProcessResult result = await CliRun.InProcessAsync("evaluate", "--predictions", folder["found.jsonl"], "--dataset", folder["empty.json"]);
        Assert.AreEqual(3, result.ExitCode, result.Error);
        Assert.Contains("has no picture to evaluate on", result.Error);
    }

    [TestMethod]
    public void Read_ClassesOfLines_HaveTheirPlacesByName()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.jsonl"], "{\"image\":\"1\",\"label\":\"owl\",\"score\":0.5,\"top\":[{\"label\":\"owl\",\"score\":0.5},{\"label\":\"cat\",\"score\":0.25}]}\n{\"image\":\"2\",\"problem\":\"dark\"}\n");
        using PredictionFile file = PredictionFile.Open(folder["a.jsonl"]);
        Assert.AreSequenceEqual(["cat", "owl"], file.ClassNames);
        Assert.AreEqual((false, null), (file.HasSegments, file.NamedClasses), "both that there are");
        Assert.AreSequenceEqual([0.25f, 0.5f], file.Read(0).Classification!.Probabilities);
        Assert.AreEqual("dark", file.Read(1).Problem);
    }

    private static int Labelled(TemporaryFolder folder, int count)
    {
        using LevitClassifier classifier = LevitClassifier.FromPretrained(Levit);
        for (int i = 0; i < count; i++)
        {
            TestPictures.Save(i, folder[$"test/{classifier.ClassNames[i % classifier.ClassNames.Count]}/{i}.png"]);
        }

        return classifier.ClassNames.Count;
    }

    private static async Task Predicted(params string[] arguments)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(["predict", .. arguments]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
    }

    private static async Task<JsonElement> Metrics(params string[] arguments)
    {
        FreshProcessResult result = await CliRun.InProcessAsync(["evaluate", "--json", .. arguments]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        return CliRun.Json(result).GetProperty("metrics");
    }

    private static void AssertSame(JsonElement expected, JsonElement actual) => Assert.AreEqual(expected.GetRawText(), actual.GetRawText());
}
