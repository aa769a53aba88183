using System.Collections.Concurrent;
using System.Net;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Tests.Parity;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Common.Hub;

/// <summary>A hub on this machine with one tiny model, an empty cache, and what was said.</summary>
public abstract class HubTest
{
    protected const string Id = "org/tiny";

    private protected TemporaryFolder Cache { get; } = new();

    private protected List<string> Warnings { get; } = [];

    private protected List<string> Log { get; } = [];

    private protected HubServer Server { get; private set; } = null!;

    [TestInitialize]
    public async Task StartAsync()
    {
        Server = await HubServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var model = new LevitForImageClassification(LevitGolden.TinyConfig);
        model.SavePretrained(folder["m"], new SaveOptions { PreprocessorJson = "{}" });
        foreach (string file in Directory.GetFiles(folder["m"]))
        {
            Server.Files[Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
    }

    [TestCleanup]
    public async Task StopAsync()
    {
        await Server.DisposeAsync();
        Cache.Dispose();
    }

    private protected HubOptions Options(
        string token = "", string revision = "main", bool offline = false, int retries = 5, TimeSpan? timeout = null, IProgress<HubProgress>? progress = null,
        IWebProxy? proxy = null, Uri? endpoint = null, TimeSpan delay = default) => new()
        {
            CacheFolder = Cache.Path,
            Endpoint = endpoint ?? Server.Address,
            Token = token,
            Revision = revision,
            IsOffline = offline,
            MaximumRetries = retries,
            RetryDelay = delay,
            Timeout = timeout ?? TimeSpan.FromSeconds(60), // the machine may be busy
            Progress = progress,
            Proxy = proxy,
            Log = Log.Add,
            Warning = Warnings.Add,
        };

    /// <summary>Unlike the framework's, reports on the caller's thread.</summary>
    private protected sealed class Progress : IProgress<HubProgress>
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
