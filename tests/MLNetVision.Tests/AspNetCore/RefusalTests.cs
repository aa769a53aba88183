using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MLNetVision.Tests.AspNetCore;

[TestClass]
public sealed class RefusalTests
{
    private static byte[] Picture => File.ReadAllBytes(VisionServer.Scene(1));

    [TestMethod]
    [DataRow("text/plain", "text/plain")]
    [DataRow("application/json", "application/json")]
    [DataRow("application/x-www-form-urlencoded", "With curl")]
    [DataRow(null, "not given")]
    public async Task Predict_BodyThatIsNoPicture_Is415(string? type, string words)
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using HttpResponseMessage answer = await server.PostAsync("/predict", Encoding.UTF8.GetBytes("""{"path": "/etc/passwd"}"""), type);
        Assert.Contains(words, await VisionServer.ProblemAsync(answer, HttpStatusCode.UnsupportedMediaType));
    }

    [TestMethod]
    public async Task Predict_FormThatIsNotAsItShouldBe_Is400()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using HttpResponseMessage two = await server.PostFormAsync("/predict", ("1.jpg", Picture), ("2.jpg", Picture));
        Assert.Contains("/predict/batch", await VisionServer.ProblemAsync(two, HttpStatusCode.BadRequest));

        // A field of text is no file, whatever it names.
        using HttpResponseMessage path = await server.Client.PostAsync("/predict", new MultipartFormDataContent { { new StringContent(VisionServer.Scene(1)), "file" } });
        Assert.Contains("no file", await VisionServer.ProblemAsync(path, HttpStatusCode.BadRequest));
        using HttpResponseMessage boundary = await server.PostAsync("/predict", Picture, "multipart/form-data");
        Assert.Contains("boundary", await VisionServer.ProblemAsync(boundary, HttpStatusCode.BadRequest));
        using HttpResponseMessage cut = await server.PostAsync("/predict", Encoding.ASCII.GetBytes("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nabc"), "multipart/form-data; boundary=x");
        Assert.Contains("cannot be read", await VisionServer.ProblemAsync(cut, HttpStatusCode.BadRequest));
        using HttpResponseMessage empty = await server.PostAsync("/predict", []);
        Assert.Contains("empty", await VisionServer.ProblemAsync(empty, HttpStatusCode.BadRequest));
    }

    [TestMethod]
    [DataRow("top_k=0", "top_k is '0'; expected a whole number from 1.")]
    [DataRow("overlay=yes", "overlay is 'yes'; expected true or false.")]
    [DataRow("score_threshold=2", "score_threshold is '2'; expected a number from 0 to 1.")]
    [DataRow("score_threshold=NaN", "score_threshold is 'NaN'; expected a number from 0 to 1.")]
    [DataRow("task=depth", "task is 'depth'; expected semantic, instance or panoptic.")]
    public async Task Predict_QueryOutOfRange_Is400(string query, string words)
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes);
        using HttpResponseMessage answer = await server.PostAsync($"/predict?{query}", Picture);
        Assert.AreEqual(words, await VisionServer.ProblemAsync(answer, HttpStatusCode.BadRequest));
    }

    [TestMethod]
    public async Task Predict_SegmentsOfAClassifier_AreRefused()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using HttpResponseMessage overlay = await server.PostAsync("/predict?overlay=true", Picture);
        Assert.Contains("classifies pictures", await VisionServer.ProblemAsync(overlay, HttpStatusCode.BadRequest));
        using HttpResponseMessage png = await server.PostAsync("/predict", Picture, accept: "image/png");
        Assert.Contains("no image/png", await VisionServer.ProblemAsync(png, HttpStatusCode.NotAcceptable));
    }

    [TestMethod]
    [DataRow(true, false)]
    [DataRow(false, false)]
    [DataRow(false, true)]
    public async Task Predict_MoreBytesThanTheLimit_Is413(bool asForm, bool inChunks)
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumPictureBytes = 10_000 });
        using HttpContent content = asForm ? new MultipartFormDataContent { { new ByteArrayContent(new byte[10_001]), "file", "a.jpg" } } : new ByteArrayContent(new byte[inChunks ? 50_000 : 200_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = content };
        if (!asForm)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
            request.Headers.TransferEncodingChunked = inChunks;
        }

        using HttpResponseMessage answer = await server.Client.SendAsync(request);
        Assert.Contains(asForm || inChunks ? "10000 bytes" : "larger than pictures may be", await VisionServer.ProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge));
        Assert.AreEqual(0, server.Service.Uploads.Taken);
    }

    [TestMethod]
    [DataRow("sq_23000_cut.png", "23000×23000")]
    [DataRow("gif_23000.gif", "23000×23000")]
    public async Task Predict_MorePixelsThanTheLimit_Is413BeforeItIsDecoded(string file, string words)
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using HttpResponseMessage answer = await server.PostAsync("/predict", await File.ReadAllBytesAsync(VisionServer.Hostile(file)));
        Assert.Contains(words, await VisionServer.ProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge));
    }

    [TestMethod]
    public async Task Predict_PictureThatCannotBeRead_Is422()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes);
        using HttpResponseMessage text = await server.PostAsync("/predict", Encoding.ASCII.GetBytes("no picture"));
        Assert.Contains("not a picture", await VisionServer.ProblemAsync(text, HttpStatusCode.UnprocessableEntity));
        using HttpResponseMessage broken = await server.PostAsync("/predict", Picture[..300]);
        await VisionServer.ProblemAsync(broken, HttpStatusCode.UnprocessableEntity);
        using HttpResponseMessage small = await server.PostAsync("/predict", [0xff, 0xd8, 0xff]);
        await VisionServer.ProblemAsync(small, HttpStatusCode.UnprocessableEntity);
    }

    [TestMethod]
    public async Task PredictBatch_BeyondItsLimits_Is413()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumBatchPictures = 2 });
        using HttpResponseMessage many = await server.PostFormAsync("/predict/batch", ("1.jpg", Picture), ("2.jpg", Picture), ("3.jpg", Picture));
        Assert.Contains("more than 2 files", await VisionServer.ProblemAsync(many, HttpStatusCode.RequestEntityTooLarge));
        using HttpResponseMessage overlays = await server.PostFormAsync("/predict/batch?overlay=true", ("1.jpg", Picture));
        await VisionServer.ProblemAsync(overlays, HttpStatusCode.BadRequest);
    }

    [TestMethod]
    public async Task Predict_NamesOfFilesOfTheServer_AreTextOnly()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        foreach (string name in (string[])["../../../../etc/passwd", "/etc/passwd", @"C:\Windows\win.ini", "<script>alert(1)</script>"])
        {
            using HttpResponseMessage answer = await server.PostFormAsync("/predict", (name, Picture));
            JsonElement json = await VisionServer.JsonAsync(answer);
            Assert.AreEqual(name, json.GetProperty("image").GetString());
            Assert.IsTrue(json.TryGetProperty("label", out _));
        }

        foreach (string address in (string[])["/../../etc/passwd", "/page.js/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/openapi.json%00.html"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(new Uri(server.Address.ToString().TrimEnd('/') + address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            Assert.AreEqual(4, (int)answer.StatusCode / 100, address);
        }
    }
}
