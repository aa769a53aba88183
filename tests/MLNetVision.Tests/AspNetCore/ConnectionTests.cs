using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace MLNetVision.Tests.AspNetCore;

/// <summary>Clients that come at once, go, stall and stop in the middle, and a host that ends.</summary>
[TestClass]
public sealed class ConnectionTests
{
    private static byte[] Picture => File.ReadAllBytes(VisionServer.Scene(1));

    [TestMethod]
    public async Task Predict_MoreThanMayWait_Is503WithRetryAfter()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumConcurrency = 1, QueueLimit = 0 });
        using var gate = new ManualResetEventSlim();
        Task<bool> busy = server.Service.ComputeAsync(() => gate.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        using HttpResponseMessage refused = await server.PostAsync("/predict", Picture);
        Assert.Contains("Come again", await VisionServer.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable));
        Assert.AreEqual(1, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        gate.Set();
        Assert.IsTrue(await busy);
        using HttpResponseMessage answer = await server.PostAsync("/predict", Picture);
        await VisionServer.JsonAsync(answer);
    }

    [TestMethod]
    public async Task Predict_MoreUploadsThanMemoryForThem_Is503()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumUploadBytes = 1000 });
        using HttpResponseMessage refused = await server.PostAsync("/predict", Picture);
        Assert.Contains("memory", await VisionServer.ProblemAsync(refused, HttpStatusCode.ServiceUnavailable));
        Assert.AreEqual(0, server.Service.Uploads.Taken);
    }

    [TestMethod]
    public async Task Predict_ClientThatGoesWhileItWaits_GivesItsPlaceBack()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumConcurrency = 1, QueueLimit = 1 });
        using var gate = new ManualResetEventSlim();
        Task<bool> busy = server.Service.ComputeAsync(() => gate.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        using (var gone = new CancellationTokenSource())
        {
            Task<HttpResponseMessage> waiting = server.PostAsync("/predict", Picture, cancellation: gone.Token);
            await VisionServer.UntilAsync(() => server.Service.Uploads.Taken > 0, "The request does not come.");
            gone.Cancel();
            await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        }

        await VisionServer.UntilAsync(() => server.Service.Uploads.Taken == 0, "The upload stays in memory.");

        // The one place to wait is free again.
        Task<HttpResponseMessage> next = server.PostAsync("/predict", Picture);
        await VisionServer.UntilAsync(() => server.Service.Uploads.Taken > 0, "The next request does not come.");
        gate.Set();
        using HttpResponseMessage answer = await next;
        await VisionServer.JsonAsync(answer);
        Assert.IsTrue(await busy);
    }

    [TestMethod]
    public async Task Predict_UploadThatIsCutOff_IsForgotten()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier);
        foreach (string head in (string[])["Content-Type: image/jpeg\r\n\r\n", "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n"])
        {
            using (Socket socket = await ConnectAsync(server))
            {
                await SendAsync(socket, $"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n{head}half of it");
                await VisionServer.UntilAsync(() => server.Service.Uploads.Taken > 0, "The upload does not begin.");
                socket.LingerState = new LingerOption(true, 0);
            }

            await VisionServer.UntilAsync(() => server.Service.Uploads.Taken == 0, "The upload stays in memory.");
        }

        using HttpResponseMessage answer = await server.PostAsync("/predict", Picture);
        await VisionServer.JsonAsync(answer);
    }

    [TestMethod]
    public async Task Predict_ClientThatStalls_Is408AndHoldsNobodyUp()
    {
        await using VisionServer server = await VisionServer.StartAsync(
            VisionServer.Classifier, new() { MaximumConcurrency = 1, QueueLimit = 0 }, limits => limits.MinRequestBodyDataRate = new MinDataRate(1000, TimeSpan.FromSeconds(2)));
        using Socket socket = await ConnectAsync(server);
        await SendAsync(socket, "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n\r\nhalf of it");
        await VisionServer.UntilAsync(() => server.Service.Uploads.Taken > 0, "The upload does not begin.");
        using (HttpResponseMessage other = await server.PostAsync("/predict", Picture))
        {
            await VisionServer.JsonAsync(other);
        }

        using var reader = new StreamReader(new NetworkStream(socket));
        Assert.AreEqual("HTTP/1.1 408 Request Timeout", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        await VisionServer.UntilAsync(() => server.Service.Uploads.Taken == 0, "The upload stays in memory.");
    }

    [TestMethod]
    public async Task Stop_RequestsUnderWay_AreAnswered()
    {
        await using VisionServer server = await VisionServer.StartAsync(VisionServer.Classifier, new() { MaximumConcurrency = 1 });
        using var gate = new ManualResetEventSlim();
        Task<bool> busy = server.Service.ComputeAsync(() => gate.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        Task<HttpResponseMessage> waiting = server.PostAsync("/predict", Picture);
        await VisionServer.UntilAsync(() => server.Service.Uploads.Taken > 0, "The request does not come.");
        using (HttpResponseMessage ready = await server.Client.GetAsync("/health/ready"))
        {
            Assert.AreEqual(HttpStatusCode.OK, ready.StatusCode);
        }

        // The host is asked to end; whoever sends requests here is told to send them elsewhere.
        server.Application.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using (HttpResponseMessage ready = await server.Client.GetAsync("/health/ready"))
        {
            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        }

        using (HttpResponseMessage live = await server.Client.GetAsync("/health/live"))
        {
            Assert.AreEqual(HttpStatusCode.OK, live.StatusCode);
        }

        Task stop = server.Application.StopAsync();
        Assert.IsFalse(stop.IsCompleted);
        gate.Set();
        using HttpResponseMessage answer = await waiting;
        await VisionServer.JsonAsync(answer);
        await stop.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.IsTrue(await busy);
    }

    private static async Task<Socket> ConnectAsync(VisionServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        return socket;
    }

    private static Task SendAsync(Socket socket, string text) => socket.SendAsync(Encoding.ASCII.GetBytes(text), SocketFlags.None);
}
