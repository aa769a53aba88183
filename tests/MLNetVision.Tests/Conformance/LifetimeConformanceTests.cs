using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rules 8, 21, 22, 25 and 26: disposal, devices, threads.</summary>
[TestClass]
public sealed class LifetimeConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Subjects => ConformanceSubjects.Names;

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Transformer_Disposed_RefusesUseAndASecondDisposal(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Fit(subject, Ml);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        IDataView scored = transformer.Transform(data);
        ((IDisposable)transformer).Dispose();
        ((IDisposable)transformer).Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => transformer.Transform(data));
        Assert.ThrowsExactly<ObjectDisposedException>(() => transformer.GetRowToRowMapper(data.Schema));
        Assert.ThrowsExactly<ObjectDisposedException>(() => ViewReader.ReadAll(scored, subject.OutputColumns));
        Assert.ThrowsExactly<ObjectDisposedException>(() => Ml.Model.Save(transformer, data.Schema, Stream.Null));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Estimator_WithNullInput_SaysSo(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IEstimator<ITransformer> estimator = subject.Create(Ml);
        ITransformer transformer = FittedSubjects.Get(subject);
        Assert.ThrowsExactly<ArgumentNullException>(() => estimator.Fit(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => estimator.GetOutputSchema(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => transformer.Transform(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => transformer.GetOutputSchema(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => transformer.GetRowToRowMapper(null!));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void PredictionEngines_OnManyThreads_GiveTheSerialResults(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        IDataView data = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, ConformanceData.Rows).Select(ConformanceData.PathRow));
        List<object?[]> serial = Predict(transformer, data, subject);
        const int Threads = 64;
        var results = new List<object?[]>[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() => results[i] = Predict(transformer, data, subject)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        foreach (List<object?[]> result in results)
        {
            ViewReader.AssertEqual(serial, result, name);
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void PredictionEngine_Disposed_LeavesOthersWorking(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        var options = new PredictionEngineOptions { OwnsTransformer = false };
        PredictionEngine<ConformanceData.PathInput, IdAndName> first = Ml.Model.CreatePredictionEngine<ConformanceData.PathInput, IdAndName>(transformer, options);
        using PredictionEngine<ConformanceData.PathInput, IdAndName> second = Ml.Model.CreatePredictionEngine<ConformanceData.PathInput, IdAndName>(transformer, options);
        Assert.AreEqual(2, first.Predict(ConformanceData.PathRow(2)).Id);
        first.Dispose();
        Assert.AreEqual(3, second.Predict(ConformanceData.PathRow(3)).Id);
        Assert.AreEqual(ConformanceData.Rows, Predict(transformer, ConformanceData.Create(Ml, subject.Form), subject).Count);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Device_AskedForAndAbsent_IsAnErrorUnlessTheCpuMayStandIn(string name)
    {
        const int NoSuchDevice = 77;
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        var strict = new MLContext { GpuDeviceId = NoSuchDevice, FallbackToCpu = false };
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => FittedSubjects.Fit(subject, strict));
        StringAssert.Contains(error.Message, "GPU 77");
        var lenient = new MLContext { GpuDeviceId = NoSuchDevice, FallbackToCpu = true };
        using var log = new LogRecorder(lenient);
        using var transformer = (IDisposable)FittedSubjects.Fit(subject, lenient);
        Assert.IsTrue(log.Warnings.Any(warning => warning.Contains("GPU 77", StringComparison.Ordinal)));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    [DoNotParallelize]
    public void Scoring_InEitherWay_LeavesTorchsGeneratorAlone(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        using torch.Tensor before = torch.random.get_rng_state();
        ViewReader.ReadAll(transformer.Transform(data), subject.OutputColumns);
        Predict(transformer, data, subject);
        using torch.Tensor after = torch.random.get_rng_state();
        Assert.IsTrue(before.equal(after).all().item<bool>());
    }

    private static List<object?[]> Predict(ITransformer transformer, IDataView data, ConformanceSubject subject)
    {
        IRowToRowMapper mapper = transformer.GetRowToRowMapper(data.Schema);
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        using DataViewRow row = mapper.GetRow(cursor, mapper.OutputSchema);
        Func<object?>[] readers = [.. subject.OutputColumns.Select(column => ViewReader.Create(row, mapper.OutputSchema[column]))];
        var rows = new List<object?[]>();
        while (cursor.MoveNext())
        {
            rows.Add([.. readers.Select(reader => reader())]);
        }

        return rows;
    }

    private sealed class IdAndName
    {
        public int Id { get; set; }
    }
}
