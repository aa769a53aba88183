using System.Collections.Concurrent;
using System.Net;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Hub;

[TestClass]
public sealed class ModelHubTests : IDisposable
{
    private const string Id = "org/tiny";

    private readonly TemporaryFolder _cache = new();
    private readonly List<string> _warnings = [];
    private readonly List<string> _log = [];
    private HubServer _server = null!;

    [TestInitialize]
    public async Task StartAsync()
    {
        _server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        model.SavePretrained(folder["m"], new SaveOptions { PreprocessorJson = "{}" });
        foreach (string file in Directory.GetFiles(folder["m"]))
        {
            _server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
    }

    [TestCleanup]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
    }

    public void Dispose() => _cache.Dispose();

    [TestMethod]
    public async Task Download_Model_BringsOnlyWhatIsNeededInPythonsLayout()
    {
        _server.Files["pytorch_model.bin"] = new byte[10];
        _server.Files["tf_model.h5"] = new byte[10];
        string folder = await ModelHub.DownloadAsync(Id, Options());

        Assert.AreEqual(Path.Combine(_cache.Path, "models--org--tiny", "snapshots", HubServer.Commit), folder);
        CollectionAssert.AreEquivalent(new[] { "config.json", "preprocessor_config.json", "model.safetensors" }, Directory.GetFiles(folder).Select(Path.GetFileName).ToArray());
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(_cache["models--org--tiny/refs/main"]));
        string blob = _cache["models--org--tiny/blobs/" + HubServer.Hash(_server.Files["model.safetensors"])];
        CollectionAssert.AreEqual(_server.Files["model.safetensors"], File.ReadAllBytes(blob));
        Assert.AreEqual(Path.Combine("..", "..", "blobs", Path.GetFileName(blob)), new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        Assert.AreEqual(0, _server.Count("GET /org/tiny/resolve/main/pytorch"));
        Assert.IsFalse(_server.Requests.Any(request => request.Contains("tf_model", StringComparison.Ordinal) || request.Contains("pytorch_model", StringComparison.Ordinal)));
        Assert.IsEmpty(Directory.GetFiles(_cache["models--org--tiny/blobs"], "*.incomplete"));

        int requests = _server.Requests.Count;
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options()));
        Assert.IsFalse(_server.Requests.Skip(requests).Any(request => request.StartsWith("GET", StringComparison.Ordinal)), "nothing is fetched again");
    }

    [TestMethod]
    public void FromPretrained_ModelId_LoadsTheDownload()
    {
        using var model = LevitForImageClassification.FromPretrained(Id, out LoadReport report, new PretrainedOptions { Hub = Options(), Mode = LoadMode.Strict });
        Assert.IsTrue(report.IsComplete);
        Assert.AreEqual(LevitGolden.TinyConfig.NumLabels, model.Config.NumLabels);
    }

    [TestMethod]
    public async Task Download_ShardedModel_BringsTheShards()
    {
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        model.SavePretrained(folder["m"], new SaveOptions { MaximumShardBytes = 20_000 });
        _server.Files.Clear();
        foreach (string file in Directory.GetFiles(folder["m"]))
        {
            _server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
            _server.Large.Add(Path.GetFileName(file).EndsWith("safetensors", StringComparison.Ordinal) ? Path.GetFileName(file) : "none");
        }

        using var loaded = LevitForImageClassification.FromPretrained(await ModelHub.DownloadAsync(Id, Options()), out LoadReport report);
        Assert.IsTrue(report.IsComplete);
        Assert.IsGreaterThan(2, _server.Files.Count);
    }

    [TestMethod]
    public async Task Download_RedirectToAnotherServer_DoesNotGetTheToken()
    {
        await ModelHub.DownloadAsync(Id, Options(token: "hf_secret"));
        Assert.IsTrue(_server.HubAuthorizations.All(value => value == "Bearer hf_secret"));
        Assert.IsNotEmpty(_server.StorageAuthorizations);
        Assert.IsTrue(_server.StorageAuthorizations.All(value => value is null));
    }

    [TestMethod]
    public async Task Download_RedirectWithinTheServer_IsFollowedWithTheToken()
    {
        _server.Any = context =>
        {
            bool renamed = context.Request.Path.StartsWithSegments("/org/old");
            if (renamed)
            {
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = context.Request.Path.Value!.Replace("/org/old", "/org/tiny", StringComparison.Ordinal);
            }

            return Task.FromResult(renamed);
        };
        await ModelHub.DownloadAsync("org/old", Options(token: "hf_secret"));
        Assert.IsTrue(_server.HubAuthorizations.All(value => value == "Bearer hf_secret"));
    }

    [TestMethod]
    public async Task Download_CutOffAgainAndAgain_ResumesWhereItEnded()
    {
        byte[] weights = _server.Files["model.safetensors"];
        int piece = weights.Length / 10 + 1; // more interruptions than retries: progress resets them
        _server.Content = async (context, content) =>
        {
            await HubServer.SendAsync(context, content, cutAfter: piece);
            return true;
        };
        var progress = new Progress();
        string folder = await ModelHub.DownloadAsync(Id, Options(progress: progress, retries: 2));
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        string[] ranges = [.. _server.Requests.Where(request => request.Contains("bytes=", StringComparison.Ordinal))];
        Assert.IsGreaterThan(5, ranges.Length);
        Assert.IsTrue(ranges.All(range => range.StartsWith("GET /blob", StringComparison.Ordinal) || range.StartsWith("GET /org", StringComparison.Ordinal)));
        HubProgress[] reported = [.. progress.Reports.Where(report => report.File == "model.safetensors")];
        Assert.AreEqual(new HubProgress("model.safetensors", weights.Length, weights.Length), reported[^1]);
        CollectionAssert.AreEqual(reported.Select(report => report.BytesReceived).Order().ToArray(), reported.Select(report => report.BytesReceived).ToArray());
    }

    [TestMethod]
    public async Task Download_InterruptedByTheUser_IsContinuedNextTime()
    {
        byte[] weights = _server.Files["model.safetensors"];
        using var cancellation = new CancellationTokenSource();
        _server.Content = async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var progress = new Progress { OnReport = report => { if (report is { File: "model.safetensors", BytesReceived: 1000 }) { cancellation.Cancel(); } } };
        await Assert.ThrowsAsync<OperationCanceledException>(() => ModelHub.DownloadAsync(Id, Options(progress: progress), cancellation.Token));
        Assert.AreEqual(1000, new FileInfo(Directory.GetFiles(_cache["models--org--tiny/blobs"], "*.incomplete").Single()).Length);

        _server.Content = null;
        string folder = await ModelHub.DownloadAsync(Id, Options());
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.AreEqual(1, _server.Count("GET /blob/model.safetensors?signature=abc bytes=1000-"));
    }

    [TestMethod]
    [DataRow("ignores ranges")]
    [DataRow("refuses ranges once")]
    [DataRow("left-over is wrong")]
    [DataRow("left-over is too long")]
    public async Task Download_LeftOverThatCannotBeContinued_StartsAgain(string how)
    {
        byte[] weights = _server.Files["model.safetensors"];
        string incomplete = _cache["models--org--tiny/blobs/" + HubServer.Hash(weights) + ".incomplete"];
        File.WriteAllBytes(incomplete, how switch { "left-over is wrong" => new byte[500], "left-over is too long" => new byte[weights.Length + 1], _ => weights[..500] });
        int refused = 0;
        _server.Content = async (context, content) =>
        {
            if (how == "refuses ranges once" && refused++ == 0)
            {
                context.Response.StatusCode = 416;
                return true;
            }

            if (how == "ignores ranges")
            {
                await context.Response.Body.WriteAsync(content);
                return true;
            }

            return false;
        };
        string folder = await ModelHub.DownloadAsync(Id, Options());
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
    }

    [TestMethod]
    [DataRow("hash", "hash")]
    [DataRow("longer than announced", "promised")]
    [DataRow("shorter than announced", "promised")]
    [DataRow("range", "asked for")]
    [DataRow("endless", "more than")]
    public async Task Download_ServerThatLies_IsFoundOut(string lie, string message)
    {
        byte[] weights = _server.Files["model.safetensors"];
        switch (lie)
        {
            case "hash":
                _server.AnnouncedHash = new string('0', 64);
                break;
            case "longer than announced":
                _server.AnnouncedSize = weights.Length - 100;
                break;
            case "shorter than announced":
                _server.AnnouncedSize = weights.Length + 100;
                break;
            case "range":
                File.WriteAllBytes(_cache["models--org--tiny/blobs/" + HubServer.Hash(weights) + ".incomplete"], weights[..500]);
                _server.Content = (context, content) =>
                {
                    context.Response.StatusCode = 206;
                    context.Response.Headers.ContentRange = $"bytes 400-{content.Length - 1}/{content.Length}";
                    return Task.FromResult(true);
                };
                break;
            default:
                _server.Content = async (context, content) =>
                {
                    await context.Response.Body.WriteAsync(content); // no length, and more than there is
                    await context.Response.Body.WriteAsync(content);
                    return true;
                };
                break;
        }

        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options()));
        Assert.AreEqual(HubError.Corrupt, e.Error);
        Assert.Contains(message, e.Message);
        Assert.Contains("model.safetensors", e.Message);
        Assert.IsFalse(File.Exists(Path.Combine(_cache["models--org--tiny/snapshots/" + HubServer.Commit], "model.safetensors")));
        Assert.IsFalse(File.Exists(_cache["models--org--tiny/refs/main"]));
    }

    [TestMethod]
    [DataRow(401, "RepoNotFound", null, HubError.Unauthorized, "HF_TOKEN")]
    [DataRow(401, "", "hf_secret", HubError.Unauthorized, "refuses the token")]
    [DataRow(403, "GatedRepo", "hf_secret", HubError.Forbidden, "conditions")]
    [DataRow(401, "GatedRepo", null, HubError.Forbidden, "conditions")]
    [DataRow(404, "RepoNotFound", "hf_secret", HubError.NotFound, "org/tiny")]
    [DataRow(404, "RevisionNotFound", null, HubError.NotFound, "revision 'main'")]
    [DataRow(404, "EntryNotFound", null, HubError.NotFound, "config.json")]
    [DataRow(418, "", null, HubError.Corrupt, "418")]
    public async Task Download_RefusedByTheHub_SaysWhy(int status, string code, string? token, HubError error, string message)
    {
        _server.Any = context =>
        {
            context.Response.StatusCode = status;
            if (code.Length > 0)
            {
                context.Response.Headers["X-Error-Code"] = code;
            }

            return Task.FromResult(true);
        };
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(token: token ?? string.Empty)));
        Assert.AreEqual(error, e.Error);
        Assert.Contains(message, e.Message);
        Assert.DoesNotContain("hf_secret", e.ToString());
        Assert.HasCount(1, _server.Requests);
    }

    [TestMethod]
    public async Task Download_NoWeights_SaysSo()
    {
        _server.Files.Remove("model.safetensors");
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options()));
        Assert.AreEqual(HubError.NotFound, e.Error);
        Assert.Contains("pytorch_model.bin", e.Message);
    }

    [TestMethod]
    public async Task Download_ServerThatIsOverloadedForAWhile_IsAskedAgain()
    {
        int asked = 0;
        _server.Any = context =>
        {
            bool busy = asked++ < 3;
            context.Response.StatusCode = busy ? 503 : 200;
            return Task.FromResult(busy);
        };
        await ModelHub.DownloadAsync(Id, Options(retries: 3));
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() =>
        {
            asked = 0;
            return ModelHub.DownloadAsync("org/other", Options(retries: 2));
        });
        Assert.AreEqual(HubError.Unreachable, e.Error);
        Assert.Contains("503", e.Message);
        Assert.AreEqual(3, asked);
    }

    [TestMethod]
    [DataRow("before the answer")]
    [DataRow("within the content")]
    public async Task Download_ServerThatFallsSilent_TimesOut(string where)
    {
        Func<Microsoft.AspNetCore.Http.HttpContext, Task> hang = async context =>
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        if (where == "before the answer")
        {
            _server.Any = async context =>
            {
                await hang(context);
                return true;
            };
        }
        else
        {
            _server.Content = async (context, content) =>
            {
                context.Response.ContentLength = content.Length;
                await context.Response.Body.FlushAsync();
                await hang(context);
                return true;
            };
        }

        HubException e = await Assert.ThrowsExactlyAsync<HubException>(
            () => ModelHub.DownloadAsync(Id, Options(retries: 1, timeout: TimeSpan.FromMilliseconds(where == "before the answer" ? 50 : 500))));
        Assert.AreEqual(HubError.Unreachable, e.Error);
        Assert.IsInstanceOfType<TimeoutException>(e.InnerException);
    }

    [TestMethod]
    public async Task Download_HubGone_UsesTheCacheWithAWarning()
    {
        string folder = await ModelHub.DownloadAsync(Id, Options());
        await _server.DisposeAsync();
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(retries: 0)));
        Assert.Contains("last download", _warnings.Single());
        Assert.Contains(_cache.Path, _warnings.Single());
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync("org/other", Options(retries: 0)));
        Assert.AreEqual(HubError.Unreachable, e.Error);
    }

    [TestMethod]
    public async Task Download_NameThatCannotBeResolved_FailsAtOnceAndNamesTheWaysOut()
    {
        var time = System.Diagnostics.Stopwatch.StartNew();
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(endpoint: new Uri("http://hub.invalid"), delay: TimeSpan.FromHours(1))));
        Assert.IsLessThan(60, time.Elapsed.TotalSeconds);
        Assert.AreEqual(HubError.Unreachable, e.Error);
        foreach (string part in new[] { Id, "hub.invalid", _cache.Path, "models--org--tiny", "HF_HUB_CACHE", "HF_ENDPOINT", "HTTPS_PROXY" })
        {
            Assert.Contains(part, e.Message);
        }

        Assert.IsEmpty(_warnings, "nothing was repeated");
    }

    [TestMethod]
    public async Task Download_RepeatedRequests_AreWarnedOf()
    {
        int asked = 0;
        _server.Any = context =>
        {
            bool busy = asked++ < 2;
            context.Response.StatusCode = busy ? 503 : 200;
            return Task.FromResult(busy);
        };
        await ModelHub.DownloadAsync(Id, Options(retries: 4));
        Assert.HasCount(2, _warnings);
        Assert.Contains("503", _warnings[0]);
        Assert.Contains(Id, _warnings[0]);
        Assert.Contains("Trying again in 0 s, for the 1 of 4 times", _warnings[0]);
        Assert.Contains("for the 2 of 4 times", _warnings[1]);
    }

    [TestMethod]
    public async Task Download_WithALog_SaysWhatComesWhereAndHowMuch()
    {
        await ModelHub.DownloadAsync(Id, Options());
        Assert.HasCount(2, _log);
        Assert.Contains(Id, _log[0]);
        Assert.Contains(_server.Address.ToString().TrimEnd('/'), _log[0]);
        Assert.Contains(_cache.Path, _log[0]);
        Assert.Contains("3 files", _log[1]);
        await ModelHub.DownloadAsync(Id, Options());
        Assert.HasCount(2, _log, "what is there is not talked of");
    }

    [TestMethod]
    public async Task Download_WaitingToTryAgain_CanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        _server.Any = async context =>
        {
            context.Response.StatusCode = 503;
            await cancellation.CancelAsync();
            return true;
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => ModelHub.DownloadAsync(Id, Options(delay: TimeSpan.FromHours(1)), cancellation.Token));
    }

    [TestMethod]
    public async Task Download_Offline_AsksNobody()
    {
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(offline: true)));
        Assert.Contains("HF_HUB_OFFLINE", e.Message);
        Assert.Contains(_cache.Path, e.Message);
        Assert.Contains("models--org--tiny", e.Message);
        Assert.IsEmpty(_server.Requests);
        string folder = await ModelHub.DownloadAsync(Id, Options());
        int requests = _server.Requests.Count;
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(offline: true)));
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(revision: HubServer.Commit)), "a commit never changes");
        Assert.HasCount(requests, _server.Requests);
        File.Delete(Path.Combine(folder, "model.safetensors"));
        await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(offline: true)));
    }

    [TestMethod]
    public async Task Download_PullRequest_IsARevisionOfItsOwn()
    {
        await ModelHub.DownloadAsync(Id, Options(revision: "refs/pr/1"));
        Assert.AreEqual(1, _server.Count("HEAD /org/tiny/resolve/refs%2Fpr%2F1/config.json"));
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(_cache["models--org--tiny/refs/refs/pr/1"]));
    }

    [TestMethod]
    public async Task Download_SeveralAtOnce_FetchEachFileOnce()
    {
        string[] folders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ModelHub.DownloadAsync(Id, Options()))));
        Assert.HasCount(1, folders.Distinct());
        Assert.AreEqual(1, _server.Count("GET /blob/model.safetensors"));
    }

    [TestMethod]
    public async Task Download_ThroughAProxy_AsksTheProxy()
    {
        HubOptions options = Options(proxy: new WebProxy(_server.Address), endpoint: new Uri("http://hub.invalid"));
        _server.Large.Clear();
        await ModelHub.DownloadAsync(Id, options);
        Assert.AreEqual(1, _server.Count("GET http://hub.invalid/org/tiny/resolve/" + HubServer.Commit + "/model.safetensors"));
    }

    [TestMethod]
    [DataRow("../../etc")]
    [DataRow("a/b/c")]
    [DataRow("gpt2")]
    [DataRow("org/na me")]
    [DataRow("org/..")]
    [DataRow("org--x/name")]
    [DataRow("-org/name")]
    [DataRow("org/name.")]
    [DataRow("missing/folder/model.safetensors")]
    public async Task Download_WhatIsNoModelId_IsRefusedBeforeAnyRequest(string id)
    {
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => ModelHub.DownloadAsync(id, Options()));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => ModelHub.DownloadAsync(Id, Options(revision: "../x")));
        Assert.IsEmpty(_server.Requests);
    }

    [TestMethod]
    public async Task Download_NotAHub_SaysSo()
    {
        _server.Any = context => Task.FromResult(true); // an empty 200
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options()));
        Assert.AreEqual(HubError.Corrupt, e.Error);
        Assert.Contains("does not answer like a Hugging Face hub", e.Message);
    }

    [TestMethod]
    public void Settings_Environment_IsReadAsPythonReadsIt()
    {
        using var home = new TemporaryFolder();
        File.WriteAllText(home["token"], "hf_file\n");
        var variables = new Dictionary<string, string> { ["HF_HOME"] = home.Path };
        HubSettings settings = Resolve();
        Assert.AreEqual(Path.Combine(home.Path, "hub"), settings.CacheFolder);
        Assert.AreEqual("hf_file", settings.GetToken());
        Assert.AreEqual("https://huggingface.co", settings.Endpoint);
        Assert.IsFalse(settings.IsOffline);
        Assert.DoesNotContain("hf_file", settings.ToString());

        variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1";
        Assert.IsNull(Resolve().GetToken());
        variables.Remove("HF_HUB_DISABLE_IMPLICIT_TOKEN");
        variables["HF_TOKEN"] = "hf_variable";
        variables["HF_HUB_CACHE"] = home["elsewhere"];
        variables["HF_ENDPOINT"] = "https://mirror.example/";
        variables["HF_HUB_OFFLINE"] = "yes";
        settings = Resolve();
        Assert.AreEqual("hf_variable", settings.GetToken());
        Assert.AreEqual(home["elsewhere"], settings.CacheFolder);
        Assert.AreEqual("https://mirror.example", settings.Endpoint);
        Assert.IsTrue(settings.IsOffline);

        variables["HF_TOKEN"] = "hf\r\nHost: evil";
        ArgumentException e = Assert.ThrowsExactly<ArgumentException>(() => Resolve());
        Assert.DoesNotContain("evil", e.Message);
        variables["HF_TOKEN"] = "hf_variable";
        variables["HF_ENDPOINT"] = "ftp://mirror.example";
        Assert.ThrowsExactly<ArgumentException>(() => Resolve());

        HubSettings Resolve() => HubSettings.Resolve(new HubOptions(), variables.GetValueOrDefault);
    }

    private HubOptions Options(
        string token = "", string revision = "main", bool offline = false, int retries = 5, TimeSpan? timeout = null, IProgress<HubProgress>? progress = null,
        IWebProxy? proxy = null, Uri? endpoint = null, TimeSpan delay = default) => new()
        {
            CacheFolder = _cache.Path,
            Endpoint = endpoint ?? _server.Address,
            Token = token,
            Revision = revision,
            IsOffline = offline,
            MaximumRetries = retries,
            RetryDelay = delay,
            Timeout = timeout ?? TimeSpan.FromSeconds(60), // the machine may be busy
            Progress = progress,
            Proxy = proxy,
            Log = _log.Add,
            Warning = _warnings.Add,
        };

    /// <summary>Unlike the framework's, reports on the caller's thread.</summary>
    private sealed class Progress : IProgress<HubProgress>
    {
        public ConcurrentQueue<HubProgress> Reports { get; } = [];

        public Action<HubProgress>? OnReport { get; init; }

        public void Report(HubProgress value)
        {
            Reports.Enqueue(value);
            OnReport?.Invoke(value);
        }
    }
}
