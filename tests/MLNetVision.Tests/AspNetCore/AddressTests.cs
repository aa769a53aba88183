using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using MLNetVision.AspNetCore;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.AspNetCore;

/// <summary>What is there beside predictions, and what an application can get wrong.</summary>
[TestClass]
public sealed class AddressTests
{
    private static readonly string[] PageFiles = ["/", "/page.css", "/page.js", "/segments.js", "/icon.svg"];

    [TestMethod]
    public async Task Model_SaysWhatItKnowsAndTheLimits()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Scenes, new() { Segmentation = own => own with { Threshold = 0.25 }, MaximumPixels = 1234 });
        using HttpResponseMessage answer = await server.Client.GetAsync("/model");
        JsonElement model = await VisionServer.JsonAsync(answer);
        Assert.AreEqual("digit-scenes", model.GetProperty("model").GetString());
        Assert.AreEqual(1, model.GetProperty("version").GetInt32());
        Assert.AreEqual("panoptic", model.GetProperty("task").GetString());
        Assert.AreEqual(0.25, model.GetProperty("scoreThreshold").GetDouble());
        Assert.AreEqual(14, model.GetProperty("classes").GetArrayLength());
        Assert.AreEqual(1234, model.GetProperty("limits").GetProperty("pixels").GetInt64());
    }

    [TestMethod]
    public async Task OpenApi_Addresses_AreThoseThatAreMapped()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using HttpResponseMessage answer = await server.Client.GetAsync("/openapi.json");
        JsonElement document = await VisionServer.JsonAsync(answer);
        string[] described = [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(verb => $"{verb.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal)];
        string[] mapped = [.. ((IEndpointRouteBuilder)server.Application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not null) // the others say which methods there are
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0]} {endpoint.RoutePattern.RawText}")
            .Where(address => !PageFiles.Contains(address.Split(' ')[1])).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(mapped, described);

        // What is referred to is there.
        foreach (Match reference in Regex.Matches(document.GetRawText(), "#/components/schemas/([A-Za-z]+)"))
        {
            Assert.IsTrue(document.GetProperty("components").GetProperty("schemas").TryGetProperty(reference.Groups[1].Value, out _), reference.Value);
        }
    }

    [TestMethod]
    public async Task Head_OfAnyGet_AnswersTheSameWithoutABody()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        foreach (string address in (string[])[.. PageFiles, "/model", "/health", "/health/live", "/health/ready", "/openapi.json"])
        {
            using HttpResponseMessage get = await server.Client.GetAsync(address);
            using var request = new HttpRequestMessage(HttpMethod.Head, address);
            using HttpResponseMessage head = await server.Client.SendAsync(request);
            Assert.AreEqual(HttpStatusCode.OK, head.StatusCode, address);
            Assert.AreEqual((get.Content.Headers.ContentType, get.Content.Headers.ContentLength), (head.Content.Headers.ContentType, head.Content.Headers.ContentLength), address);
            Assert.IsEmpty(await head.Content.ReadAsByteArrayAsync());
        }
    }

    [TestMethod]
    [DataRow("GET", "/predict", "POST")]
    [DataRow("PUT", "/predict/batch", "POST")]
    [DataRow("HEAD", "/predict", "POST")]
    [DataRow("DELETE", "/model", "GET, HEAD")]
    [DataRow("POST", "/", "GET, HEAD")]
    public async Task Method_ThatAnAddressHasNot_IsAProblemThatNamesThoseItHas(string method, string address, string allowed)
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        using HttpResponseMessage answer = await server.Client.SendAsync(request);
        Assert.AreEqual((HttpStatusCode.MethodNotAllowed, allowed, "application/problem+json"), (answer.StatusCode, string.Join(", ", answer.Content.Headers.Allow), answer.Content.Headers.ContentType!.MediaType));
        if (method != "HEAD")
        {
            JsonElement problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.AreEqual(405, problem.GetProperty("status").GetInt32());
            Assert.Contains(method, problem.GetProperty("detail").GetString()!);
        }
    }

    [TestMethod]
    public async Task Addresses_OfTheApplication_StayItsOwn()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddMLNetVision(VisionServer.Classifier);
        await using WebApplication application = builder.Build();
        application.MapGet("/predict", () => "the application's form");
        application.MapMLNetVision();
        application.MapFallback(() => "the application's page");
        await application.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
        Assert.AreEqual("the application's form", await client.GetStringAsync("/predict"));
        Assert.AreEqual("the application's page", await client.GetStringAsync("/elsewhere"));
        using HttpResponseMessage refused = await client.DeleteAsync("/model");
        Assert.AreEqual(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }

    [TestMethod]
    public async Task Page_Files_ComeFromTheLibraryAndMayUseNothingElse()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        foreach (string file in PageFiles)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(file);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, file);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.AreEqual("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.IsEmpty(Regex.Matches(text.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal), "https?://|<script(?! type=\"module\" src=)|<style| style=| on[a-z]+=|eval\\("), file);
            using var again = new HttpRequestMessage(HttpMethod.Get, file);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using HttpResponseMessage unchanged = await server.Client.SendAsync(again);
            Assert.AreEqual(HttpStatusCode.NotModified, unchanged.StatusCode, file);
        }
    }

    [TestMethod]
    public async Task AddMLNetVision_ModelFileOfMLNet_IsServedAsItWasSaved()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView rows = ml.Data.LoadFromCocoPanoptic(
            Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "panoptic.json"), Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images"));
        ml.Model.SaveModel(ml.Transforms.ApplyMask2Former(VisionServer.Scenes).Fit(rows), rows.Schema, folder["Scenes.mlnet"]);
        await using VisionServer server = await VisionServer.StartAsync(folder["Scenes.mlnet"]);
        using HttpResponseMessage model = await server.Client.GetAsync("/model");
        Assert.AreEqual("Scenes.mlnet", (await VisionServer.JsonAsync(model)).GetProperty("model").GetString());
        using HttpResponseMessage answer = await server.PostFormAsync("/predict", ("1.jpg", await File.ReadAllBytesAsync(VisionServer.Scene(1))));
        Assert.IsGreaterThan(0, (await VisionServer.JsonAsync(answer)).GetProperty("segments").GetArrayLength());
    }

    [TestMethod]
    public async Task AddMLNetVision_RelativePath_IsLookedForBesideTheProgram()
    {
        string name = $"model-{Guid.NewGuid():n}", beside = Path.Combine(AppContext.BaseDirectory, name);
        Directory.CreateDirectory(beside);
        try
        {
            foreach (string file in Directory.GetFiles(VisionServer.Classifier))
            {
                File.Copy(file, Path.Combine(beside, Path.GetFileName(file)));
            }

            await using VisionServer server = await VisionServer.StartAsync(name);
            Assert.AreEqual(name, server.Service.Name);
        }
        finally
        {
            Directory.Delete(beside, recursive: true);
        }
    }

    [TestMethod]
    public async Task AddMLNetVision_WhatDoesNotFit_EndsTheStart()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => VisionServer.StartAsync(Path.Combine(Goldens.RepositoryFolder(), "README.md")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => VisionServer.StartAsync(VisionServer.Classifier, new() { Segmentation = own => own }));
        await Assert.ThrowsAsync<ArgumentException>(() => VisionServer.StartAsync(VisionServer.Scenes, new() { Segmentation = own => own with { ThingClasses = ["unicorn"] } }));
    }

    [TestMethod]
    public async Task AddMLNetVision_Misuse_IsToldAtOnce()
    {
        var services = new ServiceCollection();
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddMLNetVision("x", new VisionServiceOptions { QueueLimit = -1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => services.AddMLNetVision("x", new VisionServiceOptions { WatchInterval = TimeSpan.Zero }));
        services.AddMLNetVision("x");
        Assert.ThrowsExactly<InvalidOperationException>(() => services.AddMLNetVision("y"));
        await using WebApplication without = WebApplication.CreateSlimBuilder().Build();
        Assert.Contains("AddMLNetVision", Assert.ThrowsExactly<InvalidOperationException>(() => without.MapMLNetVision()).Message);
    }

    [TestMethod]
    public async Task AddMLNetVision_PredictorOfTheCaller_StaysItsOwn()
    {
        using PicturePredictor predictor = await PicturePredictor.LoadAsync(VisionServer.Classifier);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddMLNetVision(predictor);
        await using (WebApplication application = builder.Build())
        {
            application.Services.GetRequiredService<VisionService>();
        }

        Assert.IsNotNull(predictor.Classifier!.Classify(VisionServer.Scene(1)));
    }
}
