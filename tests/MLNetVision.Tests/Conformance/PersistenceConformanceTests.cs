using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rule 2 for reloaded models, rule 24, and loading in a process that registers nothing.</summary>
[TestClass]
public sealed class PersistenceConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Subjects => ConformanceSubjects.Names;

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Model_Reloaded_GivesTheSameValues(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        ITransformer reloaded = SchemaConformanceTests.Reload(transformer, data.Schema);
        Assert.AreEqual(transformer.GetType(), reloaded.GetType());
        ViewReader.AssertEqual(
            ViewReader.ReadAll(transformer.Transform(data), subject.OutputColumns), ViewReader.ReadAll(reloaded.Transform(data), subject.OutputColumns), name);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public async Task Model_InsideAPipeline_LoadsInAFreshProcessWithoutRegistration(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var folder = new TemporaryFolder();
        IDataView data = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(ConformanceData.PathRow));
        ITransformer pipeline = Ml.Transforms.CopyColumns("Kept", "Id").Fit(data).Append(FittedSubjects.Get(subject));
        Ml.Model.Save(pipeline, data.Schema, folder["model.zip"]);
        string column = subject.OutputColumns.First(output => pipeline.GetOutputSchema(data.Schema)[output].Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: { } raw } } && raw == typeof(float));
        FreshProcessResult result = await FreshProcess.RunAsync(
            null, ["score-model", folder["model.zip"], column, .. Enumerable.Range(0, 4).Select(ConformanceData.PathOf)]);
        Assert.AreEqual(0, result.ExitCode, result.Error);
        float[][] expected = [.. pipeline.Transform(data).GetColumn<float[]>(column)];
        string[] lines = result.Output.Split('\n')[..^1]; // a row without segments is an empty line
        Assert.AreEqual(expected.Length, lines.Length, result.Output);
        for (int i = 0; i < lines.Length; i++)
        {
            float[] got = [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(float.Parse)];
            ViewReader.AssertEqual(expected[i], got, $"{name}: row {i}", tolerance: 1e-4);
        }
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Model_OfANewerVersion_IsRefusedAsTooNew(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var file = new MemoryStream();
        Ml.Model.Save(FittedSubjects.Get(subject), ConformanceData.Create(Ml, subject.Form).Schema, file);
        RaiseVersion(file);
        file.Position = 0;
        Exception error = Assert.Throws<Exception>(() => Ml.Model.Load(file, out _));
        Exception root = error.GetBaseException();
        Assert.IsInstanceOfType<FormatException>(root);
        StringAssert.Contains(root.Message, "too new");
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Model_WithDamagedWeights_IsRefusedAsBroken(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var file = new MemoryStream();
        Ml.Model.Save(FittedSubjects.Get(subject), ConformanceData.Create(Ml, subject.Form).Schema, file);
        using (var archive = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
        {
            ZipArchiveEntry entry = archive.Entries.Single(entry => entry.FullName.EndsWith(".safetensors", StringComparison.Ordinal));
            using Stream stream = entry.Open();
            stream.SetLength(stream.Length / 2);
        }

        file.Position = 0;
        Exception error = Assert.Throws<Exception>(() => Ml.Model.Load(file, out _));
        Assert.IsTrue(Chain(error).Any(e => e is FormatException), error.ToString());
    }

    // ML.NET's model header: the version that wrote the model and the lowest that can read it, at bytes 0x48 and 0x4C.
    private static void RaiseVersion(MemoryStream file)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true);
        ZipArchiveEntry entry = archive.Entries.Single(entry => entry.FullName.Replace('\\', '/') == "TransformerChain/Model.key");
        using Stream stream = entry.Open();
        byte[] newer = BitConverter.GetBytes(0x00090001u);
        stream.Position = 0x48;
        stream.Write(newer);
        stream.Write(newer);
    }

    private static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            yield return error;
        }
    }
}
