using System.Text.Json;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.AspNetCore;

[TestClass]
public sealed class PredictionTests
{
    [TestMethod]
    public async Task Predict_Classes_AreThoseOfTheClassifier()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        byte[] picture = await File.ReadAllBytesAsync(VisionServer.Scene(1));
        using var classifier = LevitClassifier.FromPretrained(VisionServer.Classifier);
        string expected = new PredictionLines(classifier.ClassNames, 5, segments: false)
            .ToJson(new PicturePrediction(new PictureRequest { Image = "a.jpg" }, classifier.Classify(picture), null, null));

        using HttpResponseMessage form = await server.PostFormAsync("/predict", ("a.jpg", picture));
        Assert.AreEqual(expected, (await VisionServer.JsonAsync(form)).GetRawText());
        using HttpResponseMessage raw = await server.PostAsync("/predict?top_k=2", picture);
        JsonElement two = await VisionServer.JsonAsync(raw);
        Assert.AreEqual(string.Empty, two.GetProperty("image").GetString());
        CollectionAssert.AreEqual(
            classifier.Classify(picture).Top(2).Select(item => item.Name).ToArray(), two.GetProperty("top").EnumerateArray().Select(item => item.GetProperty("label").GetString()).ToArray());
        Assert.AreEqual("nosniff", raw.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [TestMethod]
    public async Task Predict_Segments_AreThoseOfTheSegmenter()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes);
        byte[] picture = await File.ReadAllBytesAsync(VisionServer.Scene(1));
        using var segmenter = Mask2FormerSegmenter.FromPretrained(VisionServer.Scenes);
        var options = new SegmentationOptions { Task = SegmentationTask.Instance, Threshold = 0.9 };
        foreach ((string query, SegmentationOptions? asked) in ((string, SegmentationOptions?)[])[("", null), ("?task=instance&score_threshold=0.9", options)])
        {
            string expected = new PredictionLines(segmenter.ClassNames, 5, segments: true)
                .ToJson(new PicturePrediction(new PictureRequest { Image = "a.jpg" }, null, segmenter.Segment(picture, asked), null));
            using HttpResponseMessage answer = await server.PostFormAsync("/predict" + query, ("a.jpg", picture));
            Assert.AreEqual(expected, (await VisionServer.JsonAsync(answer)).GetRawText());
        }
    }

    [TestMethod]
    public async Task Predict_Overlay_IsAPngBesideOrInsteadOfTheAnswer()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes);
        byte[] picture = await File.ReadAllBytesAsync(VisionServer.Scene(1));
        using var segmenter = Mask2FormerSegmenter.FromPretrained(VisionServer.Scenes);
        byte[] expected = SegmentationOverlay.ToPng(picture, segmenter.Segment(picture), new SegmentationOverlayOptions { LabelNames = segmenter.ClassNames });

        using HttpResponseMessage beside = await server.PostAsync("/predict?overlay=true", picture);
        JsonElement both = await VisionServer.JsonAsync(beside);
        Assert.IsTrue(expected.AsSpan().SequenceEqual(both.GetProperty("overlay").GetBytesFromBase64()), "The overlay beside the answer is another.");
        Assert.IsGreaterThan(0, both.GetProperty("segments").GetArrayLength());
        using HttpResponseMessage alone = await server.PostAsync("/predict", picture, accept: "application/json;q=0.5, image/png");
        Assert.AreEqual("image/png", alone.Content.Headers.ContentType!.MediaType);
        byte[] drawn = await alone.Content.ReadAsByteArrayAsync();
        Assert.IsTrue(expected.AsSpan().SequenceEqual(drawn), "The overlay alone is another.");
        using HttpResponseMessage rather = await server.PostAsync("/predict", picture, accept: "*/*, image/png;q=0.1");
        Assert.IsFalse((await VisionServer.JsonAsync(rather)).TryGetProperty("overlay", out _));
    }

    [TestMethod]
    [DataRow("png")]
    [DataRow("jpg")]
    [DataRow("webp")]
    public async Task Predict_EveryFormat_IsRead(string format)
    {
        using var folder = new TemporaryFolder();
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        byte[] picture = await File.ReadAllBytesAsync(TestPictures.Save(3, folder[$"picture.{format}"]));
        using HttpResponseMessage answer = await server.PostAsync("/predict", picture, "application/octet-stream");
        Assert.IsTrue((await VisionServer.JsonAsync(answer)).TryGetProperty("label", out _));
    }

    [TestMethod]
    public async Task PredictBatch_SomeBadOnes_AreEntriesThatSayWhy()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes, new() { MaximumPictureBytes = 20_000 });
        byte[] first = await File.ReadAllBytesAsync(VisionServer.Scene(1)), second = await File.ReadAllBytesAsync(VisionServer.Scene(2));
        using HttpResponseMessage answer = await server.PostFormAsync(
            "/predict/batch", ("1.jpg", first), ("broken.jpg", first[..300]), ("large.jpg", new byte[50_000]), ("bomb.png", await File.ReadAllBytesAsync(VisionServer.Hostile("sq_23000_cut.png"))), ("2.jpg", second));
        JsonElement batch = await VisionServer.JsonAsync(answer);
        JsonElement[] predictions = [.. batch.GetProperty("predictions").EnumerateArray()];
        CollectionAssert.AreEqual(new[] { "1.jpg", "broken.jpg", "large.jpg", "bomb.png", "2.jpg" }, predictions.Select(item => item.GetProperty("image").GetString()).ToArray());
        CollectionAssert.AreEqual(new[] { false, true, true, true, false }, predictions.Select(item => item.TryGetProperty("problem", out _)).ToArray());
        Assert.Contains("more than 20000 bytes", predictions[2].GetProperty("problem").GetString()!);
        Assert.Contains("23000×23000", predictions[3].GetProperty("problem").GetString()!);
        Assert.AreEqual(3, batch.GetProperty("failed").GetInt32());

        // A neighbour changes nothing.
        using HttpResponseMessage alone = await server.PostFormAsync("/predict", ("2.jpg", second));
        Assert.AreEqual((await VisionServer.JsonAsync(alone)).GetRawText(), predictions[4].GetRawText());
    }

    [TestMethod]
    public async Task Predict_64AtOnce_HaveTheirOwnAnswers()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        byte[][] pictures = [.. Enumerable.Range(1, 4).Select(i => File.ReadAllBytes(VisionServer.Scene(i)))];
        string[] expected = [.. await Task.WhenAll(pictures.Select(AskAsync))];
        string[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => AskAsync(pictures[i % 4])));
        CollectionAssert.AreEqual(Enumerable.Range(0, 64).Select(i => expected[i % 4]).ToArray(), answers);
        Assert.IsGreaterThan(1, expected.Distinct().Count());
        Assert.AreEqual(0, server.Service.Uploads.Taken);

        async Task<string> AskAsync(byte[] picture)
        {
            using HttpResponseMessage answer = await server.PostAsync("/predict", picture);
            return (await VisionServer.JsonAsync(answer)).GetRawText();
        }
    }
}
