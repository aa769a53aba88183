using System.Globalization;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.History;
using MLNetVision.Models.Training.Records;
using MLNetVision.Tests.Models.Training.Classification;
using MLNetVision.Tests.Support;
using XDocument = System.Xml.Linq.XDocument;
using XElement = System.Xml.Linq.XElement;

namespace MLNetVision.Tests.Models.Training.Records;

[TestClass]
public sealed class TrainingRecordTests
{
    private static readonly Lazy<LevitTrainingResult> Trained = new(() => TinyTraining.Train(
        TinyTraining.Plain, new SyntheticImages(24, broken: new HashSet<int> { 5 }), new SyntheticImages(6, seed: 4, broken: new HashSet<int> { 2 })).Result);

    private static TrainingRecord Record => Trained.Value.Record;

    [TestMethod]
    public void Record_OfATraining_HoldsDataSettingsAndVersions()
    {
        Assert.AreEqual(("LeViT", "accuracy", TrainingOutcome.Completed, 12L), (Record.Model, Record.Metric, Record.Outcome, Record.Steps));
        Assert.AreEqual((24, 1, "picture 5"), (Record.Data.Pictures, Record.Data.Skipped, Record.Data.FirstSkipped[0].Name));
        Assert.AreEqual((6, 1, "picture 2"), (Record.Validation!.Pictures, Record.Validation.Skipped, Record.Validation.FirstSkipped[0].Name));
        Assert.AreNotEqual(Record.Data.Fingerprint, TinyTraining.Train(TinyTraining.Plain with { Epochs = 1 }, new SyntheticImages(24, classes: 2)).Result.Record.Data.Fingerprint);
        Assert.AreEqual(0.005, Record.Settings.GetProperty("LearningRate").GetDouble());
        Assert.AreEqual("ValidationAccuracy", Record.Settings.GetProperty("BestEpoch").GetString());
        CollectionAssert.AreEquivalent(new[] { ".NET", "MLNetVision", "TorchSharp", "libtorch" }, Record.Versions.Keys.ToArray());
        StringAssert.StartsWith(Record.Versions["libtorch"], "2.");
        Assert.AreEqual(new TrainingCompute("cpu", TrainingPrecision.Float32, Tf32: false), Record.Compute);
    }

    [TestMethod]
    public void FromJson_WhatToJsonWrote_IsTheSame()
    {
        var read = TrainingRecord.FromJson(Record.ToJson());
        Assert.AreEqual(Record.ToJson(), read.ToJson());
        CollectionAssert.AreEqual(Record.History.ToArray(), read.History.ToArray());
        Assert.AreEqual(Record.Best, read.Best);
    }

    [TestMethod]
    [DataRow("""{"Version":1}""", "broken")]
    [DataRow("nothing", "broken")]
    public void FromJson_SomethingElse_IsRefused(string json, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<InvalidDataException>(() => TrainingRecord.FromJson(json)).Message);

    [TestMethod]
    public void FromJson_NewerVersion_IsRefusedAsTooNew() =>
        Assert.Contains("too new", Assert.ThrowsExactly<InvalidDataException>(() => TrainingRecord.FromJson((Record with { Version = 2 }).ToJson())).Message);

    [TestMethod]
    [DataRow("cpu", TrainingPrecision.Float32, false, "| computed on | cpu, Float32 |")]
    [DataRow("cuda:1", TrainingPrecision.BFloat16, true, "| computed on | cuda:1, BFloat16, products in TF32 |")]
    public void ModelCard_OfATraining_SaysWhereAndInWhichNumbers(string device, TrainingPrecision precision, bool tf32, string row)
    {
        TrainingRecord record = Record with { Compute = new TrainingCompute(device, precision, tf32) };
        Assert.Contains(row, ModelCard.Write(TinyTraining.Config, record));
        Assert.AreEqual(record.Compute, TrainingRecord.FromJson(record.ToJson()).Compute);
    }

    [TestMethod]
    public void ModelCard_OfATraining_HasMetadataHistoryAndReasons()
    {
        string[] lines = ModelCard.Write(TinyTraining.Config with { Labels = ["a|b", "c`d", "<e>\n# f"] }, Record with { Start = "facebook/levit-128S (found in the cache)", Outcome = TrainingOutcome.StoppedEarly }).Split('\n');
        Assert.AreEqual("---", lines[0]);
        int end = Array.IndexOf(lines, "---", 1);
        CollectionAssert.IsSubsetOf(new[] { "pipeline_tag: image-classification", "base_model: facebook/levit-128S", "- accuracy", "      type: image-classification" }, lines[..end]);
        CollectionAssert.Contains(lines, "| outcome | stopped early |");
        CollectionAssert.Contains(lines, "`a\\|b`, `c'd`, `&lt;e> # f`");
        Assert.AreEqual(3, lines.Count(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Count(letter => letter == '|') == 8) - 1, "one row an epoch, and the heading");
        CollectionAssert.Contains(lines, "| could not be read | `picture 5`: picture 5 is broken |");
        Assert.Contains("  \"LearningRate\": 0.005,", string.Join('\n', lines));
        Assert.DoesNotContain("base_model", ModelCard.Write(TinyTraining.Config, Record with { Start = "C:\\models\\mine" }));
    }

    [TestMethod]
    public void Csv_OfATraining_HasARowAPointInAnyLanguage()
    {
        using var folder = new TemporaryFolder();
        using var comma = new CommaCulture();
        Record.SaveCsv(folder["made/results.csv"]);
        string[] lines = File.ReadAllLines(folder["made/results.csv"]);
        Assert.AreEqual("epoch,step,time,train/loss,train/accuracy,metrics/accuracy_top1,val/loss,lr/pg0", lines[0]);
        Assert.HasCount(4, lines);
        string[] cells = lines[2].Split(',');
        TrainingPoint point = Record.History[1];
        CollectionAssert.AreEqual(
            new[] { 2, 8, point.Seconds, point.Loss, point.Accuracy!.Value, point.Score!.Value, point.ValidationLoss!.Value, point.LearningRate },
            cells.Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray());
        string[] empty = (Record with { Metric = "PQ", History = [point with { Loss = double.NaN, Score = null, Accuracy = null, ValidationLoss = null }] }).ToCsv().Split('\n');
        Assert.Contains("metrics/PQ", empty[0]);
        Assert.Contains(",,,,", empty[1]);
    }

    [TestMethod]
    public void Svg_OfATraining_HasThreePanelsAndMarksWhatWasKept()
    {
        string svg = Record.ToSvg();
        using (new CommaCulture())
        {
            Assert.AreEqual(svg, Record.ToSvg());
        }

        XElement root = XDocument.Parse(svg).Root!;
        string[] texts = [.. root.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        CollectionAssert.IsSubsetOf(new[] { "Loss", "Accuracy", "Learning rate", "validation" }, texts);
        Assert.Contains($"kept: epoch {Record.Best!.Epoch}", svg);
        Assert.DoesNotContain("NaN", (Record with { History = [.. Record.History.Select(point => point with { Loss = double.NaN })] }).ToSvg());
        XDocument.Parse((Record with { History = [Record.History[0]], Metric = null }).ToSvg());
    }

    [TestMethod]
    public void Save_ModelCard_ReplacesItsOwnAndNobodyElses()
    {
        using var folder = new TemporaryFolder();
        using LevitForImageClassification model = TinyTraining.Model();
        string card = folder["m/README.md"];
        model.SavePretrained(folder["m"], new SaveOptions { ModelCard = ModelCard.Write(model.Config, Record) });
        Assert.Contains("## History", File.ReadAllText(card));
        model.SavePretrained(folder["m"], new SaveOptions { ModelCard = ModelCard.Write(model.Config, null) });
        Assert.DoesNotContain("## History", File.ReadAllText(card));
        model.SavePretrained(folder["m"]);
        Assert.IsFalse(File.Exists(card), "it said what the old model was");
        File.WriteAllText(card, "# Mine\n");
        model.SavePretrained(folder["m"], new SaveOptions { ModelCard = ModelCard.Write(model.Config, Record) });
        Assert.AreEqual("# Mine\n", File.ReadAllText(card));
    }
}
