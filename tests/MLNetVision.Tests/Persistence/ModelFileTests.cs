using System.IO.Compression;
using Microsoft.ML;
using MLNetVision.Levit;
using MLNetVision.Mask2Former;
using MLNetVision.Models.Training.Records;
using MLNetVision.Tests.Conformance;
using MLNetVision.Tests.Mask2Former;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Persistence;

[TestClass]
public sealed class ModelFileTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Training_OfALevit_StaysWithTheModelAndItsFolder()
    {
        using var folder = new TemporaryFolder();
        IDataView data = ConformanceData.Create(_ml, PictureForm.Paths);
        using LevitTransformer trained = _ml.MulticlassClassification.Trainers.Levit(ConformanceSubjects.Options("Label")).Fit(data, data);
        _ml.Model.Save(trained, data.Schema, folder["model.zip"]);
        using var loaded = (LevitTransformer)_ml.Model.Load(folder["model.zip"], out _);
        TrainingRecord record = loaded.Training!;
        Assert.AreEqual(trained.Training!.ToJson(), record.ToJson());
        Assert.AreEqual((2, "accuracy", "new weights, own config"), (record.History.Count, record.Metric, record.Start));
        Assert.IsNotNull(record.Best!.Score);
        Assert.AreEqual(3, record.Settings.GetProperty("Training").GetProperty("Seed").GetInt32());
        Assert.AreEqual("5.0.1", record.Versions["Microsoft.ML"]);
        Assert.AreEqual(record.Data.Fingerprint, record.Validation!.Fingerprint);

        loaded.Model.SavePretrained(folder["checkpoint"]);
        Assert.Contains("## History", File.ReadAllText(folder["checkpoint/README.md"]));
        using LevitTransformer applied = _ml.Transforms.ApplyLevit(folder["checkpoint"]).Fit(data);
        Assert.IsNull(applied.Training);
    }

    [TestMethod]
    public void Training_OfAMask2Former_StaysWithTheModel()
    {
        using var file = new MemoryStream();
        IDataView data = TrainingRows.Load(_ml);
        using Mask2FormerTransformer trained = _ml.Segmentation.Trainers.Mask2Former(TrainingRows.Options()).Fit(data, data);
        _ml.Model.Save(trained, data.Schema, file);
        file.Position = 0;
        using var loaded = (Mask2FormerTransformer)_ml.Model.Load(file, out _);
        Assert.AreEqual(trained.Training!.ToJson(), loaded.Training!.ToJson());
        Assert.AreEqual((3, "PQ", 4, 4), (loaded.Training.History.Count, loaded.Training.Metric, loaded.Training.Data.Pictures, loaded.Training.Validation!.Pictures));
        Assert.AreEqual("Panoptic", loaded.Training.Settings.GetProperty("Scoring").GetProperty("Task").GetString());
    }

    [TestMethod]
    [DataRow("ApplyLevit")]
    [DataRow("ApplyMask2Former-Panoptic")]
    public void Load_OneChangedBitOfTheWeights_IsRefusedAsDamaged(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var file = new MemoryStream();
        _ml.Model.Save(FittedSubjects.Get(subject), ConformanceData.Create(_ml, subject.Form).Schema, file);
        using (var archive = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
        {
            using Stream stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".safetensors", StringComparison.Ordinal)).Open();
            stream.Position = stream.Length - 3;
            int value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 1));
        }

        file.Position = 0;
        Exception error = Assert.Throws<Exception>(() => _ml.Model.Load(file, out _));
        Exception? found = error;
        while (found is not (null or FormatException))
        {
            found = found.InnerException;
        }

        Assert.IsNotNull(found, error.ToString());
        Assert.Contains("SHA-256", found.Message);
        Assert.Contains("damaged", found.Message);
    }

}
