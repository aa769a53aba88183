using MLNetVision.Models.Common.Hub;

namespace MLNetVision.Tests.Models.Common.Hub;

[TestClass]
public sealed class ModelHubRefusalTests : HubTest
{
    [TestMethod]
    [DataRow("hash", "hash")]
    [DataRow("longer than announced", "promised")]
    [DataRow("shorter than announced", "promised")]
    [DataRow("range", "asked for")]
    [DataRow("endless", "more than")]
    public async Task Download_ServerThatLies_IsFoundOut(string lie, string message)
    {
        byte[] weights = Server.Files["model.safetensors"];
        switch (lie)
        {
            case "hash":
                Server.AnnouncedHash = new string('0', 64);
                break;
            case "longer than announced":
                Server.AnnouncedSize = weights.Length - 100;
                break;
            case "shorter than announced":
                Server.AnnouncedSize = weights.Length + 100;
                break;
            case "range":
                File.WriteAllBytes(Cache["models--org--tiny/blobs/" + HubServer.Hash(weights) + ".incomplete"], weights[..500]);
                Server.Content = (context, content) =>
                {
                    context.Response.StatusCode = 206;
                    context.Response.Headers.ContentRange = $"bytes 400-{content.Length - 1}/{content.Length}";
                    return Task.FromResult(true);
                };
                break;
            default:
                Server.Content = async (context, content) =>
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
        Assert.IsFalse(File.Exists(Path.Combine(Cache["models--org--tiny/snapshots/" + HubServer.Commit], "model.safetensors")));
        Assert.IsFalse(File.Exists(Cache["models--org--tiny/refs/main"]));
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
        Server.Any = context =>
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
        Assert.HasCount(1, Server.Requests);
    }

    [TestMethod]
    public async Task Download_NoWeights_SaysSo()
    {
        Server.Files.Remove("model.safetensors");
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options()));
        Assert.AreEqual(HubError.NotFound, e.Error);
        Assert.Contains("pytorch_model.bin", e.Message);
    }

    [TestMethod]
    public async Task Download_NameThatCannotBeResolved_FailsAtOnceAndNamesTheWaysOut()
    {
        var time = System.Diagnostics.Stopwatch.StartNew();
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options(endpoint: new Uri("http://hub.invalid"), delay: TimeSpan.FromHours(1))));
        Assert.IsLessThan(60, time.Elapsed.TotalSeconds);
        Assert.AreEqual(HubError.Unreachable, e.Error);
        foreach (string part in new[] { Id, "hub.invalid", Cache.Path, "models--org--tiny", "HF_HUB_CACHE", "HF_ENDPOINT", "HTTPS_PROXY" })
        {
            Assert.Contains(part, e.Message);
        }

        Assert.IsEmpty(Warnings, "nothing was repeated");
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
        Assert.IsEmpty(Server.Requests);
    }

    [TestMethod]
    public async Task Download_NotAHub_SaysSo()
    {
        Server.Any = context => Task.FromResult(true); // an empty 200
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync(Id, Options()));
        Assert.AreEqual(HubError.Corrupt, e.Error);
        Assert.Contains("does not answer like a Hugging Face hub", e.Message);
    }
}
