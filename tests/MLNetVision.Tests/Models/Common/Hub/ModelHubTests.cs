using System.Net;
using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Hub;

[TestClass]
public sealed class ModelHubTests : HubTest
{
    [TestMethod]
    public async Task Download_Model_BringsOnlyWhatIsNeededInPythonsLayout()
    {
        Server.Files["pytorch_model.bin"] = new byte[10];
        Server.Files["tf_model.h5"] = new byte[10];
        string folder = await ModelHub.DownloadAsync(Id, Options());

        Assert.AreEqual(Path.Combine(Cache.Path, "models--org--tiny", "snapshots", HubServer.Commit), folder);
        CollectionAssert.AreEquivalent(new[] { "config.json", "preprocessor_config.json", "model.safetensors" }, Directory.GetFiles(folder).Select(Path.GetFileName).ToArray());
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(Cache["models--org--tiny/refs/main"]));
        string blob = Cache["models--org--tiny/blobs/" + HubServer.Hash(Server.Files["model.safetensors"])];
        CollectionAssert.AreEqual(Server.Files["model.safetensors"], File.ReadAllBytes(blob));
        Assert.AreEqual(Path.Combine("..", "..", "blobs", Path.GetFileName(blob)), new FileInfo(Path.Combine(folder, "model.safetensors")).LinkTarget);
        Assert.AreEqual(0, Server.Count("GET /org/tiny/resolve/main/pytorch"));
        Assert.IsFalse(Server.Requests.Any(request => request.Contains("tf_model", StringComparison.Ordinal) || request.Contains("pytorch_model", StringComparison.Ordinal)));
        Assert.IsEmpty(Directory.GetFiles(Cache["models--org--tiny/blobs"], "*.incomplete"));

        int requests = Server.Requests.Count;
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options()));
        Assert.IsFalse(Server.Requests.Skip(requests).Any(request => request.StartsWith("GET", StringComparison.Ordinal)), "nothing is fetched again");
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
        Server.Files.Clear();
        foreach (string file in Directory.GetFiles(folder["m"]))
        {
            Server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
            Server.Large.Add(Path.GetFileName(file).EndsWith("safetensors", StringComparison.Ordinal) ? Path.GetFileName(file) : "none");
        }

        using var loaded = LevitForImageClassification.FromPretrained(await ModelHub.DownloadAsync(Id, Options()), out LoadReport report);
        Assert.IsTrue(report.IsComplete);
        Assert.IsGreaterThan(2, Server.Files.Count);
    }

    [TestMethod]
    public async Task Download_RedirectToAnotherServer_DoesNotGetTheToken()
    {
        await ModelHub.DownloadAsync(Id, Options(token: "hf_secret"));
        Assert.IsTrue(Server.HubAuthorizations.All(value => value == "Bearer hf_secret"));
        Assert.IsNotEmpty(Server.StorageAuthorizations);
        Assert.IsTrue(Server.StorageAuthorizations.All(value => value is null));
    }

    [TestMethod]
    public async Task Download_RedirectWithinTheServer_IsFollowedWithTheToken()
    {
        Server.Any = context =>
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
        Assert.IsTrue(Server.HubAuthorizations.All(value => value == "Bearer hf_secret"));
    }

    [TestMethod]
    public async Task Download_WithALog_SaysWhatComesWhereAndHowMuch()
    {
        await ModelHub.DownloadAsync(Id, Options());
        Assert.HasCount(2, Log);
        Assert.Contains(Id, Log[0]);
        Assert.Contains(Server.Address.ToString().TrimEnd('/'), Log[0]);
        Assert.Contains(Cache.Path, Log[0]);
        Assert.Contains("3 files", Log[1]);
        await ModelHub.DownloadAsync(Id, Options());
        Assert.HasCount(2, Log, "what is there is not talked of");
    }

    [TestMethod]
    public async Task Download_Offline_AsksNobody()
    {
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(offline: true)));
        Assert.Contains("HF_HUB_OFFLINE", e.Message);
        Assert.Contains(Cache.Path, e.Message);
        Assert.Contains("models--org--tiny", e.Message);
        Assert.IsEmpty(Server.Requests);
        string folder = await ModelHub.DownloadAsync(Id, Options());
        int requests = Server.Requests.Count;
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(offline: true)));
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(revision: HubServer.Commit)), "a commit never changes");
        Assert.HasCount(requests, Server.Requests);
        File.Delete(Path.Combine(folder, "model.safetensors"));
        await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(offline: true)));
    }

    [TestMethod]
    public async Task Download_PullRequest_IsARevisionOfItsOwn()
    {
        await ModelHub.DownloadAsync(Id, Options(revision: "refs/pr/1"));
        Assert.AreEqual(1, Server.Count("HEAD /org/tiny/resolve/refs%2Fpr%2F1/config.json"));
        Assert.AreEqual(HubServer.Commit, File.ReadAllText(Cache["models--org--tiny/refs/refs/pr/1"]));
    }

    [TestMethod]
    public async Task Download_SeveralAtOnce_FetchEachFileOnce()
    {
        string[] folders = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ModelHub.DownloadAsync(Id, Options()))));
        Assert.HasCount(1, folders.Distinct());
        Assert.AreEqual(1, Server.Count("GET /blob/model.safetensors"));
    }

    [TestMethod]
    public async Task Download_ThroughAProxy_AsksTheProxy()
    {
        HubOptions options = Options(proxy: new WebProxy(Server.Address), endpoint: new Uri("http://hub.invalid"));
        Server.Large.Clear();
        await ModelHub.DownloadAsync(Id, options);
        Assert.AreEqual(1, Server.Count("GET http://hub.invalid/org/tiny/resolve/" + HubServer.Commit + "/model.safetensors"));
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
}
