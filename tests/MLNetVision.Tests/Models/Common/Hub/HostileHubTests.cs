using System.IO.Compression;
using System.Text;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Hub;

/// <summary>A server that means harm, on the loopback interface.</summary>
[TestClass]
public sealed class HostileHubTests : IDisposable
{
    private const string Token = "hf_secret";

    private readonly TemporaryFolder _cache = new();
    private HubServer _server = null!;

    [TestInitialize]
    public async Task StartAsync()
    {
        _server = await HubServer.StartAsync();
        _server.Files["config.json"] = "{}"u8.ToArray();
        _server.Files["model.safetensors"] = new byte[20_000];
    }

    [TestCleanup]
    public async Task StopAsync() => await _server.DisposeAsync();

    public void Dispose() => _cache.Dispose();

    [TestMethod]
    [DataRow("../../../evil.safetensors")]
    [DataRow("/tmp/evil.safetensors")]
    [DataRow("""sub\\evil.safetensors""")]
    [DataRow("C:evil.safetensors")]
    [DataRow("..")]
    [DataRow("")]
    public async Task Download_IndexWithANameThatIsAPath_IsRefused(string name)
    {
        _server.Files.Remove("model.safetensors");
        _server.Files["model.safetensors.index.json"] = Encoding.UTF8.GetBytes($$"""{"weight_map": {"a": "{{name}}"} }""");
        HubException e = await RefusedAsync();
        StringAssert.Contains(e.Message, "model.safetensors.index.json");
        AssertNothingOutside();
    }

    [TestMethod]
    [DataRow("not json")]
    [DataRow("{}")]
    [DataRow("""{"weight_map": {"a": 5}}""")]
    public async Task Download_BrokenIndex_IsRefusedEachTime(string index)
    {
        _server.Files.Remove("model.safetensors");
        _server.Files["model.safetensors.index.json"] = Encoding.UTF8.GetBytes(index);
        await RefusedAsync();
        await RefusedAsync(); // what the first attempt left in the cache is no reason to fail otherwise
    }

    [TestMethod]
    public async Task Download_IndexOfTooManyFiles_IsRefused()
    {
        _server.Files.Remove("model.safetensors");
        _server.Files["model.safetensors.index.json"] =
            Encoding.UTF8.GetBytes($$"""{"weight_map": { {{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"{i}\": \"{i}.safetensors\""))}} } }""");
        StringAssert.Contains((await RefusedAsync()).Message, "5000");
    }

    [TestMethod]
    [DataRow("../../../../evil")]
    [DataRow("main")]
    [DataRow("0123456789ABCDEF0123456789abcdef01234567")]
    [DataRow("")]
    public async Task Download_CommitThatIsNone_IsRefused(string commit)
    {
        _server.AnnouncedCommit = commit;
        StringAssert.Contains((await RefusedAsync()).Message, "commit");
        AssertNothingOutside();
    }

    [TestMethod]
    public async Task Download_ETagThatIsAPath_BecomesNoPath()
    {
        _server.AnnouncedHash = "../../../../evil";
        await ModelHub.DownloadAsync("org/tiny", Options());
        AssertNothingOutside();
    }

    [TestMethod]
    [DataRow("relative", "redirects without end")]
    [DataRow("growing", "redirects without end")]
    [DataRow("storage", "redirects without end")]
    [DataRow("file:///etc/passwd", "no web address")]
    [DataRow("ftp://127.0.0.1/model.safetensors", "no web address")]
    [DataRow("javascript:alert(1)", "no web address")]
    public async Task Download_RedirectsThatLeadNowhere_AreGivenUp(string where, string message)
    {
        int asked = 0;
        _server.Any = context =>
        {
            asked++;
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = where switch
            {
                "relative" or "storage" => context.Request.Path.Value!,
                "growing" => context.Request.Path.Value + "/more",
                _ => where,
            };
            return Task.FromResult(where != "storage" || context.Request.Method == "GET");
        };
        StringAssert.Contains((await RefusedAsync()).Message, message);
        Assert.IsLessThan(40, asked);
    }

    [TestMethod]
    public async Task Download_CompressedBomb_IsNeitherUnpackedNorKept()
    {
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(new byte[64 << 20]);
        }

        _server.Content = async (context, content) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(bomb.ToArray());
            return true;
        };
        await RefusedAsync();
        Assert.IsLessThan(1L << 20, new DirectoryInfo(_cache.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length));
    }

    [TestMethod]
    public async Task Download_ConfigOfHugeSize_IsNotBegun()
    {
        _server.Large.Add("config.json");
        _server.AnnouncedSize = 1L << 40;
        StringAssert.Contains((await RefusedAsync()).Message, "config.json");
        Assert.AreEqual(0, _server.Count("GET"));
    }

    [TestMethod]
    public async Task Download_ByteByByte_IsGivenUp()
    {
        _server.Content = async (context, content) =>
        {
            await HubServer.SendAsync(context, content, cutAfter: 1);
            return true;
        };
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync("org/tiny", Options()));
        Assert.AreEqual(HubError.Unreachable, e.Error);
        Assert.IsLessThan(20, _server.Requests.Count);
    }

    [TestMethod]
    public async Task Download_RedirectOverAStrangerAndBack_ShowsTheStrangerNoToken()
    {
        _server.Content = (context, content) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = new Uri(_server.Address, "/org/tiny/resolve/main/copy.safetensors").ToString();
            return Task.FromResult(true);
        };
        _server.Files["copy.safetensors"] = _server.Files["model.safetensors"];
        await ModelHub.DownloadAsync("org/tiny", Options());
        Assert.IsNotEmpty(_server.StorageAuthorizations);
        Assert.IsTrue(_server.StorageAuthorizations.All(value => value is null));
    }

    [TestMethod]
    public async Task Download_AnyRefusal_DoesNotSpellTheToken()
    {
        foreach (int status in new[] { 400, 401, 403, 404, 418 })
        {
            _server.Any = context =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers["X-Error-Code"] = context.Request.Headers.Authorization.ToString();
                return Task.FromResult(true);
            };
            HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync("org/tiny", Options()));
            Assert.DoesNotContain(Token, e.ToString());
        }
    }

    private async Task<HubException> RefusedAsync()
    {
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync("org/tiny", Options()));
        Assert.AreEqual(HubError.Corrupt, e.Error, e.Message);
        return e;
    }

    private void AssertNothingOutside() =>
        Assert.IsFalse(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_cache.Path)!, "evil*").Any()
            || Directory.EnumerateFiles(_cache.Path, "evil*", SearchOption.AllDirectories).Any());

    private HubOptions Options() => new()
    {
        Endpoint = _server.Address, CacheFolder = _cache.Path, Token = Token, IsOffline = false, MaximumRetries = 3, RetryDelay = TimeSpan.FromMilliseconds(1),
        Timeout = TimeSpan.FromSeconds(20), Warning = _ => { },
    };
}
