using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Imaging.Metrics.Classification;

namespace MLNetVision.Tests.Imaging.Metrics.Classification;

[TestClass]
public sealed class ClassificationEvaluatorTests
{
    private static readonly string[] Names = ["cat", "dog, small", "owl"];

    [TestMethod]
    public void Compute_RandomPictures_AgreesWithMLNetsEvaluator()
    {
        (int Truth, float[] Probabilities)[] rows = Random(200, seed: 3);
        ClassificationMetrics metrics = Evaluate(rows).Compute();
        var ml = new MLContext(1);
        IDataView data = ml.Data.LoadFromEnumerable(rows.Select(row => new Row { Label = (uint)row.Truth, Score = row.Probabilities, PredictedLabel = (uint)Best(row.Probabilities) }));
        MulticlassClassificationMetrics expected = ml.MulticlassClassification.Evaluate(data, topKPredictionCount: 3);
        Assert.AreEqual(expected.MicroAccuracy, metrics.Accuracy, 1e-12);
        Assert.AreEqual(expected.MacroAccuracy, metrics.MacroAccuracy, 1e-12);
        Assert.AreEqual(expected.LogLoss, metrics.LogLoss, 1e-6);
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(expected.ConfusionMatrix.PerClassPrecision[i], metrics.PerClass[i].Precision, 1e-12);
            Assert.AreEqual(expected.ConfusionMatrix.PerClassRecall[i], metrics.PerClass[i].Recall, 1e-12);
            Assert.AreEqual(2 / (1 / metrics.PerClass[i].Precision + 1 / metrics.PerClass[i].Recall), metrics.PerClass[i].F1, 1e-12);
        }

        Assert.AreEqual((3, 1.0), (metrics.TopCount, metrics.TopAccuracy));
    }

    [TestMethod]
    public void Compute_TenthsOfConfidence_GiveTheCalibrationError()
    {
        (int Truth, float[] Probabilities)[] rows = Random(300, seed: 4);
        ClassificationMetrics metrics = Evaluate(rows).Compute();
        double expected = rows.GroupBy(row => Math.Min(9, (int)(row.Probabilities.Max() * 10)))
            .Sum(tenth => Math.Abs(tenth.Sum(row => (double)row.Probabilities.Max()) - tenth.Count(row => Best(row.Probabilities) == row.Truth))) / 300;
        Assert.AreEqual(expected, metrics.ExpectedCalibrationError, 1e-9);
        Assert.AreEqual(300, metrics.Calibration.Sum(bin => bin.Count));
        Assert.IsTrue(metrics.Calibration.Where(bin => bin.Count > 0).All(bin => bin.Confidence >= bin.From && bin.Confidence <= bin.To));
    }

    [TestMethod]
    public void Merge_Parts_AreTheWhole()
    {
        (int Truth, float[] Probabilities)[] rows = Random(90, seed: 5);
        ClassificationEvaluator first = Evaluate(rows[..40]);
        first.Merge(Evaluate(rows[40..]));
        ClassificationMetrics whole = Evaluate(rows).Compute(), merged = first.Compute();
        Assert.AreEqual((whole.Accuracy, whole.MacroF1, whole.PictureCount), (merged.Accuracy, merged.MacroF1, merged.PictureCount));
        Assert.AreEqual(whole.ExpectedCalibrationError, merged.ExpectedCalibrationError, 1e-12);
        CollectionAssert.AreEqual(whole.Thresholds.Mean.F1.ToArray(), merged.Thresholds.Mean.F1.ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => first.Merge(new ClassificationEvaluator(["other"])));
    }

    [TestMethod]
    public void Add_PictureWithoutPrediction_CountsAsWrong()
    {
        var evaluator = new ClassificationEvaluator(Names);
        Assert.AreEqual(-1, evaluator.Add(1, [float.NaN, float.NaN, float.NaN]));
        Assert.AreEqual(0, evaluator.Add(0, [0.9f, 0.05f, 0.05f]));
        ClassificationMetrics metrics = evaluator.Compute();
        Assert.AreEqual((2, 1, 0.5, 0.0), (metrics.PictureCount, metrics.UnreadableCount, metrics.Accuracy, metrics.PerClass[1].Recall));
        Assert.IsTrue(double.IsNaN(metrics.PerClass[2].Recall));
        Assert.AreEqual(-Math.Log(0.9f), metrics.LogLoss, 1e-9);
        Assert.AreEqual("truth,cat,\"dog, small\",owl,(none)\ncat,1,0,0,0\n\"dog, small\",0,0,0,1\nowl,0,0,0,0\n", metrics.ConfusionMatrix.ToCsv());
        Assert.AreEqual("owl,,,,", metrics.ConfusionMatrix.ToCsv(normalized: true).Split('\n')[3]);
        StringAssert.StartsWith(metrics.ToCsv(), "class,precision,recall,f1,support,predicted,best threshold\ncat,1,1,1,1,1,");
        Assert.Contains("\"expectedCalibrationError\": ", metrics.ToJson());
    }

    [TestMethod]
    [DataRow(3, new[] { 0.2f, 0.3f, 0.5f }, "0 to 2")]
    [DataRow(0, new[] { 0.5f, 0.5f }, "3 probabilities")]
    [DataRow(0, new[] { -0.1f, 0.5f, 0.6f }, "from 0 to 1")]
    [DataRow(0, new[] { 3.5f, 0.5f, 0.6f }, "from 0 to 1")]
    public void Add_NoProbabilities_IsRefused(int truth, float[] probabilities, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<ArgumentException>(() => new ClassificationEvaluator(Names).Add(truth, probabilities)).Message);

    public static (int Truth, float[] Probabilities)[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int truth = random.Next(3);
            double[] weights = [.. Enumerable.Range(0, 3).Select(i => random.NextDouble() * random.NextDouble() + (i == truth ? 0.3 : 0))];
            return (truth, weights.Select(weight => (float)(weight / weights.Sum())).ToArray());
        })];
    }

    public static ClassificationEvaluator Evaluate(IEnumerable<(int Truth, float[] Probabilities)> rows)
    {
        var evaluator = new ClassificationEvaluator(Names);
        foreach ((int truth, float[] probabilities) in rows)
        {
            evaluator.Add(truth, probabilities);
        }

        return evaluator;
    }

    private static int Best(float[] probabilities) => Array.IndexOf(probabilities, probabilities.Max());

    private sealed class Row
    {
        [KeyType(3)]
        public uint Label { get; set; }

        [VectorType(3)]
        public float[] Score { get; set; } = [];

        [KeyType(3)]
        public uint PredictedLabel { get; set; }
    }
}
