using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Segmentation;
using MLNetVision.Serving;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Serving;

[TestClass]
public sealed class PredictionEnginePoolTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public async Task Predict_OnManyThreads_GivesWhatOneEngineGives()
    {
        using LevitTransformer model = Model("one");
        using var pool = new PredictionEnginePool<Picture, Answer>(_ml, model, new() { MaximumEngines = 3 });
        float[][] expected;
        using (PredictionEngine<Picture, Answer> engine = _ml.Model.CreatePredictionEngine<Picture, Answer>(model, new PredictionEngineOptions { OwnsTransformer = false }))
        {
            expected = [.. Enumerable.Range(0, ConformanceData.Rows).Select(i => engine.Predict(PictureAt(i)).Score)];
        }

        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => i % 2 == 0
            ? pool.PredictAsync(PictureAt(i % ConformanceData.Rows)) : Task.Run(() => pool.Predict(PictureAt(i % ConformanceData.Rows)))));
        for (int i = 0; i < answers.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i % ConformanceData.Rows], answers[i].Score);
        }

        Assert.AreEqual(1, pool.Version);
        Assert.ThrowsExactly<InvalidOperationException>(pool.Reload);
        VBuffer<ReadOnlyMemory<char>> names = default;
        pool.OutputSchema["Score"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(model.ClassNames.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void Predict_AfterThePool_LeavesTheCallersModelAlone()
    {
        using LevitTransformer model = Model("one");
        using (var pool = new PredictionEnginePool<Picture, Answer>(_ml, model))
        {
            pool.Predict(PictureAt(0));
        }

        using var second = new PredictionEnginePool<Picture, Answer>(_ml, model);
        Assert.HasCount(3, second.Predict(PictureAt(0)).Score);
    }

    [TestMethod]
    public async Task Predict_MoreCallersThanEngines_WaitAndCanBeCancelled()
    {
        using LevitTransformer model = Model("one");
        using var pool = new PredictionEnginePool<Gate, Answer>(_ml, model, new() { MaximumEngines = 1 });
        using var held = new Gate { Image = ConformanceData.PathOf(0) };
        Task<Answer> first = pool.PredictAsync(held);
        held.IsInside.Wait();

        using var cancellation = new CancellationTokenSource();
        using var other = new Gate { Image = ConformanceData.PathOf(1) };
        Task<Answer> cancelled = pool.PredictAsync(other, cancellation.Token), waiting = pool.PredictAsync(other);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);
        Assert.IsFalse(other.IsInside.IsSet, "two predictions ran at once");
        Assert.IsFalse(waiting.IsCompleted);

        other.MayGoOn.Set();
        held.MayGoOn.Set();
        Assert.HasCount(3, (await first).Score);
        Assert.HasCount(3, (await waiting).Score);
    }

    [TestMethod]
    public async Task Predict_FileThatChanges_TakesTheNewModelAndFinishesWithTheOld()
    {
        string file = _folder["model.zip"];
        (float[] before, float[] after) = (Save("one", file), Save("two", _folder["next.zip"]));
        CollectionAssert.AreNotEqual(before, after);
        using var log = new LogRecorder(_ml);
        using var pool = new PredictionEnginePool<Gate, Answer>(_ml, file, new() { MaximumEngines = 2, WatchInterval = TimeSpan.FromMilliseconds(20) });
        using var held = new Gate { Image = ConformanceData.PathOf(0) };
        Task<Answer> old = pool.PredictAsync(held);
        held.IsInside.Wait();

        File.Move(_folder["next.zip"], file, overwrite: true);
        await UntilAsync(() => pool.Version == 2);
        CollectionAssert.AreEqual(after, pool.Predict(Open()).Score);
        held.MayGoOn.Set();
        CollectionAssert.AreEqual(before, (await old).Score, "a model was freed under a prediction");
        Assert.IsTrue(log.Infos.Any(text => text.Contains("version 2", StringComparison.Ordinal)));

        Gate Open()
        {
            var gate = new Gate { Image = ConformanceData.PathOf(0) };
            gate.MayGoOn.Set();
            return gate;
        }
    }

    [TestMethod]
    public async Task Predict_FileThatBreaks_GoesOnWithTheModelBeforeAndTakesTheNextGoodOne()
    {
        string file = _folder["model.zip"];
        float[] before = Save("one", file), after = Save("two", _folder["next.zip"]);
        using var log = new LogRecorder(_ml);
        using var pool = new PredictionEnginePool<Picture, Answer>(_ml, file, new() { WatchInterval = TimeSpan.FromMilliseconds(20) });
        File.WriteAllText(_folder["broken.zip"], "no model");
        File.Move(_folder["broken.zip"], file, overwrite: true);
        await UntilAsync(() => log.Warnings.Any(text => text.Contains("model.zip", StringComparison.Ordinal) && text.Contains("stays", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(before, pool.Predict(PictureAt(0)).Score);
        Assert.AreEqual(1, pool.Version);
        Assert.HasCount(1, log.Warnings, "one change is warned of once");

        File.Delete(file);
        Assert.ThrowsExactly<FileNotFoundException>(pool.Reload);
        File.Copy(_folder["next.zip"], file);
        await UntilAsync(() => pool.Version == 2);
        CollectionAssert.AreEqual(after, pool.Predict(PictureAt(0)).Score);
    }

    [TestMethod]
    public void Reload_WithoutWatching_TakesTheFileWhenAskedTo()
    {
        string file = _folder["model.zip"];
        Save("one", file);
        using var pool = new PredictionEnginePool<Picture, Answer>(_ml, file, new() { WatchInterval = null });
        float[] after = Save("two", file);
        CollectionAssert.AreNotEqual(after, pool.Predict(PictureAt(0)).Score);
        pool.Reload();
        CollectionAssert.AreEqual(after, pool.Predict(PictureAt(0)).Score);
    }

    [TestMethod]
    public async Task Dispose_WhilePredictionsRun_WaitsForThemAndRefusesOthers()
    {
        string file = _folder["model.zip"];
        Save("one", file);
        var pool = new PredictionEnginePool<Gate, Answer>(_ml, file, new() { MaximumEngines = 1 });
        using var held = new Gate { Image = ConformanceData.PathOf(0) };
        Task<Answer> running = pool.PredictAsync(held);
        held.IsInside.Wait();
        using var late = new Gate { Image = ConformanceData.PathOf(0) };
        Task<Answer> waiting = pool.PredictAsync(late);
        Task disposing = Task.Run(pool.Dispose);
        await Task.Delay(30);
        Assert.IsFalse(disposing.IsCompleted);
        held.MayGoOn.Set();
        Assert.HasCount(3, (await running).Score);
        await disposing;
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => pool.PredictAsync(held));
        Assert.ThrowsExactly<ObjectDisposedException>(() => pool.Predict(held));
        Assert.ThrowsExactly<ObjectDisposedException>(pool.Reload);
        pool.Dispose();
    }

    [TestMethod]
    public void Constructor_WhatDoesNotFit_IsRefusedAtOnce()
    {
        FileNotFoundException missing = Assert.ThrowsExactly<FileNotFoundException>(() => new PredictionEnginePool<Picture, Answer>(_ml, _folder["none.zip"]));
        Assert.Contains(_folder["none.zip"], missing.Message);
        Save("one", _folder["model.zip"]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PredictionEnginePool<Picture, Answer>(_ml, _folder["model.zip"], new() { MaximumEngines = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PredictionEnginePool<Picture, Answer>(_ml, _folder["model.zip"], new() { WatchInterval = TimeSpan.Zero }));
        ArgumentOutOfRangeException column = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PredictionEnginePool<NoPicture, Answer>(_ml, _folder["model.zip"]));
        Assert.Contains("Image", column.Message);
    }

    [TestMethod]
    public void Engine_OfADisposedModel_SaysWhoseAndHowToShareIt()
    {
        LevitTransformer levit = Model("one");
        using PredictionEngine<Picture, Answer> second = _ml.Model.CreatePredictionEngine<Picture, Answer>(levit);
        _ml.Model.CreatePredictionEngine<Picture, Answer>(levit).Dispose();
        ObjectDisposedException e = Assert.ThrowsExactly<ObjectDisposedException>(() => second.Predict(PictureAt(0)));
        AssertSays(e, "The LevitTransformer of the column 'Image'");

        var pictures = _ml.Data.LoadFromEnumerable(new[] { PictureAt(0) });
        Mask2FormerTransformer segmenter = _ml.Transforms.ApplyMask2Former(ConformanceSubjects.SegmenterFolder).Fit(pictures);
        using PredictionEngine<Picture, SegmentationPrediction> engine = _ml.Model.CreatePredictionEngine<Picture, SegmentationPrediction>(segmenter);
        _ml.Model.CreatePredictionEngine<Picture, SegmentationPrediction>(segmenter).Dispose();
        AssertSays(Assert.ThrowsExactly<ObjectDisposedException>(() => engine.Predict(PictureAt(0))), "The Mask2FormerTransformer of the column 'Image'");
        AssertSays(Assert.ThrowsExactly<ObjectDisposedException>(() => segmenter.Transform(pictures)), "OwnsTransformer = false");

        static void AssertSays(ObjectDisposedException e, string words)
        {
            Assert.Contains(words, e.Message);
            Assert.Contains("OwnsTransformer", e.Message);
            Assert.Contains("PredictionEnginePool", e.Message);
        }
    }

    private static Picture PictureAt(int row) => new() { Image = ConformanceData.PathOf(row) };

    private static async Task UntilAsync(Func<bool> condition)
    {
        var time = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.IsLessThan(60, time.Elapsed.TotalSeconds, "the change was not noticed");
            await Task.Delay(10);
        }
    }

    /// <summary>A LeViT with weights that follow from a name.</summary>
    private LevitTransformer Model(string weights)
    {
        string folder = _folder["checkpoint-" + weights];
        using (var model = new LevitForImageClassification(ConformanceSubjects.SmallConfig))
        {
            ProceduralTensor.FillWeights(model, weights);
            model.SavePretrained(folder, new SaveOptions { PreprocessorJson = LevitImageProcessorConfig.ForImageSize(ConformanceSubjects.SmallConfig.ImageSize).ToJson() });
        }

        return _ml.Transforms.ApplyLevit(folder).Fit(_ml.Data.LoadFromEnumerable(new[] { PictureAt(0) }));
    }

    /// <summary>Saves such a model and says what it gives for the first picture.</summary>
    private float[] Save(string weights, string file)
    {
        using LevitTransformer model = Model(weights);
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { PictureAt(0) });
        _ml.Model.Save(model, data.Schema, file);
        using var pool = new PredictionEnginePool<Picture, Answer>(_ml, model);
        return pool.Predict(PictureAt(0)).Score;
    }

    private sealed class Picture
    {
        public string Image { get; set; } = string.Empty;
    }

    private sealed class NoPicture
    {
        public int Number { get; set; }
    }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];
    }

    /// <summary>A row whose picture is read only when the test lets it.</summary>
    private sealed class Gate : IDisposable
    {
        internal ManualResetEventSlim IsInside { get; } = new();

        internal ManualResetEventSlim MayGoOn { get; } = new();

        public string Image
        {
            get
            {
                IsInside.Set();
                MayGoOn.Wait();
                return field;
            }

            set;
        } = string.Empty;

        public void Dispose()
        {
            IsInside.Dispose();
            MayGoOn.Dispose();
        }
    }
}
