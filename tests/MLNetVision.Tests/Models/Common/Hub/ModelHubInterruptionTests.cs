using MLNetVision.Models.Common.Hub;

namespace MLNetVision.Tests.Models.Common.Hub;

[TestClass]
public sealed class ModelHubInterruptionTests : HubTest
{
    [TestMethod]
    public async Task Download_CutOffAgainAndAgain_ResumesWhereItEnded()
    {
        byte[] weights = Server.Files["model.safetensors"];
        int piece = weights.Length / 10 + 1; // more interruptions than retries: progress resets them
        Server.Content = async (context, content) =>
        {
            await HubServer.SendAsync(context, content, cutAfter: piece);
            return true;
        };
        var progress = new Progress();
        string folder = await ModelHub.DownloadAsync(Id, Options(progress: progress, retries: 2));
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        string[] ranges = [.. Server.Requests.Where(request => request.Contains("bytes=", StringComparison.Ordinal))];
        Assert.IsGreaterThan(5, ranges.Length);
        Assert.IsTrue(ranges.All(range => range.StartsWith("GET /blob", StringComparison.Ordinal) || range.StartsWith("GET /org", StringComparison.Ordinal)));
        HubProgress[] reported = [.. progress.Reports.Where(report => report.File == "model.safetensors")];
        Assert.AreEqual(new HubProgress("model.safetensors", weights.Length, weights.Length), reported[^1]);
        CollectionAssert.AreEqual(reported.Select(report => report.BytesReceived).Order().ToArray(), reported.Select(report => report.BytesReceived).ToArray());
    }

    [TestMethod]
    public async Task Download_InterruptedByTheUser_IsContinuedNextTime()
    {
        byte[] weights = Server.Files["model.safetensors"];
        using var cancellation = new CancellationTokenSource();
        Server.Content = async (context, content) =>
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var progress = new Progress { OnReport = report => { if (report is { File: "model.safetensors", BytesReceived: 1000 }) { cancellation.Cancel(); } } };
        await Assert.ThrowsAsync<OperationCanceledException>(() => ModelHub.DownloadAsync(Id, Options(progress: progress), cancellation.Token));
        Assert.AreEqual(1000, new FileInfo(Directory.GetFiles(Cache["models--org--tiny/blobs"], "*.incomplete").Single()).Length);

        Server.Content = null;
        string folder = await ModelHub.DownloadAsync(Id, Options());
        CollectionAssert.AreEqual(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.AreEqual(1, Server.Count("GET /blob/model.safetensors?signature=abc bytes=1000-"));
    }

    [TestMethod]
    [DataRow("ignores ranges")]
    [DataRow("refuses ranges once")]
    [DataRow("left-over is wrong")]
    [DataRow("left-over is too long")]
    public async Task Download_LeftOverThatCannotBeContinued_StartsAgain(string how)
    {
        byte[] weights = Server.Files["model.safetensors"];
        string incomplete = Cache["models--org--tiny/blobs/" + HubServer.Hash(weights) + ".incomplete"];
        File.WriteAllBytes(incomplete, how switch { "left-over is wrong" => new byte[500], "left-over is too long" => new byte[weights.Length + 1], _ => weights[..500] });
        int refused = 0;
        Server.Content = async (context, content) =>
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
    public async Task Download_ServerThatIsOverloadedForAWhile_IsAskedAgain()
    {
        int asked = 0;
        Server.Any = context =>
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
            Server.Any = async context =>
            {
                await hang(context);
                return true;
            };
        }
        else
        {
            Server.Content = async (context, content) =>
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
        await Server.DisposeAsync();
        Assert.AreEqual(folder, await ModelHub.DownloadAsync(Id, Options(retries: 0)));
        Assert.Contains("last download", Warnings.Single());
        Assert.Contains(Cache.Path, Warnings.Single());
        HubException e = await Assert.ThrowsExactlyAsync<HubException>(() => ModelHub.DownloadAsync("org/other", Options(retries: 0)));
        Assert.AreEqual(HubError.Unreachable, e.Error);
    }

    [TestMethod]
    public async Task Download_RepeatedRequests_AreWarnedOf()
    {
        int asked = 0;
        Server.Any = context =>
        {
            bool busy = asked++ < 2;
            context.Response.StatusCode = busy ? 503 : 200;
            return Task.FromResult(busy);
        };
        await ModelHub.DownloadAsync(Id, Options(retries: 4));
        Assert.HasCount(2, Warnings);
        Assert.Contains("503", Warnings[0]);
        Assert.Contains(Id, Warnings[0]);
        Assert.Contains("Trying again in 0 s, for the 1 of 4 times", Warnings[0]);
        Assert.Contains("for the 2 of 4 times", Warnings[1]);
    }

    [TestMethod]
    public async Task Download_WaitingToTryAgain_CanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Server.Any = async context =>
        {
            context.Response.StatusCode = 503;
            await cancellation.CancelAsync();
            return true;
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => ModelHub.DownloadAsync(Id, Options(delay: TimeSpan.FromHours(1)), cancellation.Token));
    }
}
