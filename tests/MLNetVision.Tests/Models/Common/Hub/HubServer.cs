using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MLNetVision.Tests.Models.Common.Hub;

/// <summary>A hub on the loopback interface, with a second server for the large files; both can be told to misbehave.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WebApplication _hub;
    private readonly WebApplication _storage;

    private HubServer(WebApplication hub, WebApplication storage)
    {
        _hub = hub;
        _storage = storage;
    }

    /// <summary>The repository's files; those of a million bytes or that are named as large lie on the other server.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    public HashSet<string> Large { get; } = ["model.safetensors"];

    public Uri Address { get; private set; } = null!;

    public Uri StorageAddress { get; private set; } = null!;

    /// <summary>"METHOD path" of every request to either server, with the range where there is one.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The Authorization headers that each server saw.</summary>
    public ConcurrentQueue<string?> HubAuthorizations { get; } = [];

    public ConcurrentQueue<string?> StorageAuthorizations { get; } = [];

    /// <summary>Answers a content request in another way; returns false to go on as usual.</summary>
    public Func<HttpContext, byte[], Task<bool>>? Content { get; set; }

    /// <summary>Answers any request to the hub in another way.</summary>
    public Func<HttpContext, Task<bool>>? Any { get; set; }

    /// <summary>The hash that is announced, instead of the right one.</summary>
    public string? AnnouncedHash { get; set; }

    public long? AnnouncedSize { get; set; }

    /// <summary>The commit that is announced.</summary>
    public string AnnouncedCommit { get; set; } = Commit;

    public static async Task<HubServer> StartAsync()
    {
        var server = new HubServer(Build(), Build());
        server._hub.Run(server.AnswerHubAsync);
        server._storage.Run(server.AnswerStorageAsync);
        server.Address = await ListenAsync(server._hub);
        server.StorageAddress = await ListenAsync(server._storage);
        return server;
    }

    public int Count(string request) => Requests.Count(seen => seen.StartsWith(request, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _storage.DisposeAsync();
    }

    public static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }

    private static async Task<Uri> ListenAsync(WebApplication application)
    {
        await application.StartAsync();
        return new Uri(application.Services.GetService(typeof(Microsoft.AspNetCore.Hosting.Server.IServer)) is Microsoft.AspNetCore.Hosting.Server.IServer server
            ? server.Features.Get<IServerAddressesFeature>()!.Addresses.Single()
            : throw new InvalidOperationException("There is no server."));
    }

    // /org/name/resolve/revision/file
    private async Task AnswerHubAsync(HttpContext context)
    {
        Record(context);
        HubAuthorizations.Enqueue(context.Request.Headers.Authorization);
        if (Any is not null && await Any(context))
        {
            return;
        }

        string file = Path.GetFileName(context.Request.Path.Value!);
        context.Response.Headers["X-Repo-Commit"] = AnnouncedCommit;
        if (!Files.TryGetValue(file, out byte[]? content))
        {
            context.Response.StatusCode = 404;
            context.Response.Headers["X-Error-Code"] = "EntryNotFound";
            return;
        }

        if (Large.Contains(file))
        {
            context.Response.StatusCode = 302;
            context.Response.Headers["X-Linked-Etag"] = $"\"{AnnouncedHash ?? Hash(content)}\"";
            context.Response.Headers["X-Linked-Size"] = $"{AnnouncedSize ?? content.Length}";
            context.Response.Headers.Location = new Uri(StorageAddress, "/blob/" + file + "?signature=abc").ToString();
            return;
        }

        context.Response.Headers.ETag = $"\"{GitHash(content)}\"";
        await SendAsync(context, content);
    }

    private async Task AnswerStorageAsync(HttpContext context)
    {
        Record(context);
        StorageAuthorizations.Enqueue(context.Request.Headers.Authorization);
        byte[] content = Files[Path.GetFileName(context.Request.Path.Value!)];
        if (Content is null || !await Content(context, content))
        {
            await SendAsync(context, content);
        }
    }

    public static async Task SendAsync(HttpContext context, byte[] content, int? cutAfter = null)
    {
        int from = From(context);
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }

        context.Response.ContentLength = content.Length - from;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        int count = Math.Min(cutAfter ?? int.MaxValue, content.Length - from);
        await context.Response.Body.WriteAsync(content.AsMemory(from, count));
        await context.Response.Body.FlushAsync(); // the server closes the connection when the promised rest is missing
    }

    public static int From(HttpContext context) =>
        context.Request.Headers.Range.ToString() is { Length: > 0 } range ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;

    private static string GitHash(byte[] content) =>
        Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    private void Record(HttpContext context)
    {
        string range = context.Request.Headers.Range.ToString();
        string path = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        Requests.Enqueue($"{context.Request.Method} {path} {range}".TrimEnd());
    }
}
