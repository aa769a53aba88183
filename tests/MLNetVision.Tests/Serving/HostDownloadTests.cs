using System.Reflection;
using Microsoft.ML;
using MLNetVision.Levit;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Models.Common.Hub;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Serving;

/// <summary>What a hub does reaches ML.NET's log, and ML.NET's cancellation reaches the hub.</summary>
[TestClass]
public sealed class HostDownloadTests : IDisposable
{
    private readonly TemporaryFolder _cache = new();
    private readonly MLContext _ml = new(seed: 1);
    private HubServer _server = null!;

    [TestInitialize]
    public async Task StartAsync()
    {
        _server = await HubServer.StartAsync();
        foreach (string file in Directory.GetFiles(ConformanceSubjects.CheckpointFolder))
        {
            _server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
    }

    [TestCleanup]
    public async Task StopAsync() => await _server.DisposeAsync();

    public void Dispose() => _cache.Dispose();

    [TestMethod]
    public void ApplyLevit_ModelId_TellsTheLogOfTheDownloadAndOfWhatWasRepeated()
    {
        int asked = 0;
        _server.Any = context =>
        {
            context.Response.StatusCode = asked == 0 ? 503 : 200;
            return Task.FromResult(asked++ == 0);
        };
        using var log = new LogRecorder(_ml);
        using LevitTransformer model = _ml.Transforms.ApplyLevit("org/tiny", hub: Hub()).Fit(Pictures());
        Assert.HasCount(3, model.ClassNames);
        Assert.IsTrue(log.Infos.Any(text => text.Contains("Downloading org/tiny", StringComparison.Ordinal)), string.Join('\n', log.Infos));
        Assert.IsTrue(log.Infos.Any(text => text.Contains("Downloaded org/tiny", StringComparison.Ordinal)));
        Assert.Contains("503", log.Warnings.Single());
    }

    [TestMethod]
    public void ApplyLevit_OwnReceivers_KeepWhatTheyAreTold()
    {
        using var log = new LogRecorder(_ml);
        var lines = new List<string>();
        using LevitTransformer model = _ml.Transforms.ApplyLevit("org/tiny", hub: Hub(lines.Add)).Fit(Pictures());
        Assert.HasCount(2, lines);
        Assert.IsFalse(log.Infos.Any(text => text.Contains("org/tiny", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void ApplyLevit_CancelledContext_EndsTheDownload()
    {
        _server.Content = async (context, content) =>
        {
            typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(_ml, null);
            context.Response.ContentLength = content.Length;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        Assert.Throws<OperationCanceledException>(() => _ml.Transforms.ApplyLevit("org/tiny", hub: Hub()));
    }

    [TestMethod]
    public void LevitTrainer_HubOfItsOptions_IsAskedAndCanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        _server.Any = async context =>
        {
            await cancellation.CancelAsync();
            return false;
        };
        LevitTrainer trainer = _ml.MulticlassClassification.Trainers.Levit(new LevitTrainer.Options { Checkpoint = "org/tiny", Hub = Hub(), CancellationToken = cancellation.Token });
        Assert.Throws<OperationCanceledException>(() => trainer.Fit(ConformanceData.Create(_ml, PictureForm.Paths)));
        Assert.IsNotEmpty(_server.Requests);
    }

    private IDataView Pictures() => ConformanceData.Create(_ml, PictureForm.Paths, rows: 1);

    private HubOptions Hub(Action<string>? log = null) => new()
    {
        CacheFolder = _cache.Path, Endpoint = _server.Address, Token = string.Empty, Timeout = TimeSpan.FromSeconds(60), RetryDelay = TimeSpan.Zero, Log = log,
    };
}
