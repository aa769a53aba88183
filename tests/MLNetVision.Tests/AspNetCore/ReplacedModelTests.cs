using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLNetVision.AspNetCore;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Projects.Runs;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.AspNetCore;

/// <summary>A service whose model's files change.</summary>
[TestClass]
public sealed class ReplacedModelTests : IDisposable
{
    private static readonly VisionServiceOptions Watching = new() { WatchInterval = TimeSpan.FromMilliseconds(30) };

    private readonly TemporaryFolder _folder = new();
    private readonly LogOfService _log = new();

    private string Model => _folder["model"];

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [TestMethod]
    public async Task Predict_FilesThatBreakAndComeAnew_AnswersWithTheOldModelAndThenTheNew()
    {
        Copy(VisionServer.Classifier);
        await using VisionServer server = await VisionServer.StartAsync(Model, Watching, log: _log);
        string before = await AnswerAsync(server);

        // Written in place, which the old model must not feel.
        File.WriteAllText(Path.Combine(Model, "model.safetensors"), "no weights");
        await VisionServer.UntilAsync(() => _log.Lines.Any(line => line.Level == LogLevel.Warning), "nobody was warned");
        Assert.Contains("cannot be used, so the one before it stays", _log.Lines.Single().Text);
        Assert.AreEqual(before, await AnswerAsync(server));
        Assert.AreEqual(1, await VersionAsync(server));

        Copy(SmallProjects.SmallLevit.Value);
        await VisionServer.UntilAsync(() => _log.Lines.Any(line => line.Level == LogLevel.Information), "the new model was not taken");
        JsonElement model = await ModelAsync(server);
        Assert.AreEqual(2, model.GetProperty("version").GetInt32());
        Assert.AreSequenceEqual(["a", "b", "c"], model.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!));
        Assert.AreNotEqual(before, await AnswerAsync(server));
    }

    [TestMethod]
    public async Task Replaced_WhileARequestRuns_IsFreedAfterIt()
    {
        Copy(VisionServer.Classifier);
        await using VisionServer server = await VisionServer.StartAsync(Model, Watching, log: _log);
        ServedModel held = server.Service.Begin();
        Copy(SmallProjects.SmallLevit.Value);
        await VisionServer.UntilAsync(() => _log.Lines.Any(line => line.Level == LogLevel.Information), "the new model was not taken");
        ServedModel next = server.Service.Begin();
        Assert.AreEqual((1, 2), (held.Version, next.Version));
        next.End();

        LevitClassifier classifier = held.Predictor.Classifier!;
        Assert.IsNotNull(classifier.Classify(ConformanceData.PathOf(0)));
        held.End();
        Assert.ThrowsExactly<ObjectDisposedException>(() => classifier.Classify(ConformanceData.PathOf(0)));
        Assert.IsFalse(held.TryBegin());
    }

    [TestMethod]
    public async Task Replaced_ByOneThatDoesNotFitTheOptions_Stays()
    {
        Copy(VisionServer.Scenes);
        await using VisionServer server = await VisionServer.StartAsync(Model, new() { WatchInterval = Watching.WatchInterval, Segmentation = own => own with { Threshold = 0.25 } }, log: _log);
        Copy(VisionServer.Classifier);
        await VisionServer.UntilAsync(() => _log.Lines.Any(line => line.Text.Contains("Segmentation is for networks that segment", StringComparison.Ordinal)), "nobody was warned");
        Assert.AreEqual("mask2former", (await ModelAsync(server)).GetProperty("network").GetString());
    }

    [TestMethod]
    public async Task Retire_PredictorOfTheCaller_IsLeftToIt()
    {
        using PicturePredictor predictor = await PicturePredictor.LoadAsync(VisionServer.Classifier);
        Assert.AreEqual(VisionServer.Classifier, predictor.Source);
        var served = new ServedModel(predictor, null, 1, isOwned: false);
        Assert.IsTrue(served.TryBegin());
        served.Retire();
        served.End();
        Assert.IsNotNull(predictor.Classifier!.Classify(ConformanceData.PathOf(0)));
    }

    private static async Task<string> AnswerAsync(VisionServer server)
    {
        using HttpResponseMessage answer = await server.PostAsync("/predict", await File.ReadAllBytesAsync(ConformanceData.PathOf(0)), "image/png");
        return (await VisionServer.JsonAsync(answer)).GetRawText();
    }

    private static async Task<JsonElement> ModelAsync(VisionServer server)
    {
        using HttpResponseMessage answer = await server.Client.GetAsync("/model");
        return await VisionServer.JsonAsync(answer);
    }

    private static async Task<int> VersionAsync(VisionServer server) => (await ModelAsync(server)).GetProperty("version").GetInt32();

    /// <summary>Puts a model in place of the one that is there, as a whole.</summary>
    private void Copy(string model)
    {
        string next = _folder["next"];
        Directory.CreateDirectory(next);
        foreach (string file in Directory.GetFiles(model))
        {
            File.Copy(file, Path.Combine(next, Path.GetFileName(file)));
        }

        if (Directory.Exists(Model))
        {
            Directory.Move(Model, _folder[$"old-{Guid.NewGuid():N}"]);
        }

        Directory.Move(next, Model);
    }

    private sealed class LogOfService : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => categoryName.EndsWith(nameof(VisionService), StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
