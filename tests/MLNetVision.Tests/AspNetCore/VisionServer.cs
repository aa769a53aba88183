using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MLNetVision.AspNetCore;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.AspNetCore;

/// <summary>An application with a network, on a real server on the loopback interface.</summary>
internal sealed class VisionServer : IAsyncDisposable
{
    private VisionServer(WebApplication application)
    {
        Application = application;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    /// <summary>A Mask2Former over digits on textures.</summary>
    public static string Scenes { get; } = Path.Combine(Goldens.RepositoryFolder(), "samples", "pretrained", "digit-scenes");

    /// <summary>A tiny LeViT of four classes, one of them without a name.</summary>
    public static string Classifier { get; } = Path.Combine(Goldens.Root, "checkpoints", "levit-safetensors");

    public WebApplication Application { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public VisionService Service => Application.Services.GetRequiredService<VisionService>();

    public static string Scene(int number) => Path.Combine(Goldens.RepositoryFolder(), "datasets", "digit-scenes", "test", "images", $"{number:d4}.jpg");

    public static string Hostile(string name) => Path.Combine(Goldens.RepositoryFolder(), "tests", "cases", "hostile", name);

    public static async Task<VisionServer> StartAsync(string model, VisionServiceOptions? options = null, Action<KestrelServerLimits>? limits = null, ILoggerProvider? log = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            limits?.Invoke(kestrel.Limits);
        });
        builder.Services.AddMLNetVision(model, options);
        WebApplication application = builder.Build();
        application.MapMLNetVision();
        application.MapMLNetVisionPage();
        await application.StartAsync();
        return new VisionServer(application);
    }

    /// <summary>Sends files as a form.</summary>
    public Task<HttpResponseMessage> PostFormAsync(string address, params (string Name, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach ((string name, byte[] bytes) in files)
        {
            form.Add(new ByteArrayContent(bytes), "file", name);
        }

        return Client.PostAsync(address, form);
    }

    /// <summary>Sends a body.</summary>
    public Task<HttpResponseMessage> PostAsync(string address, byte[] bytes, string? type = "image/jpeg", string? accept = null, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }

        return Client.SendAsync(request, cancellation);
    }

    /// <summary>The JSON of an answer that is expected to be one.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode, text);
        Assert.AreEqual("application/json", answer.Content.Headers.ContentType!.MediaType);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The words of a refusal, which has the form of RFC 9457.</summary>
    public static async Task<string> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.AreEqual(status, answer.StatusCode, text);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        JsonElement problem = JsonDocument.Parse(text).RootElement;
        Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
        Assert.AreNotEqual(string.Empty, problem.GetProperty("title").GetString());
        return problem.GetProperty("detail").GetString()!;
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        var time = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.IsLessThan(60, time.Elapsed.TotalSeconds, what);
            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Application.DisposeAsync();
    }
}
