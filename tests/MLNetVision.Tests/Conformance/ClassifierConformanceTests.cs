using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rules 14 and 23: what classifiers owe to ML.NET's evaluator, and to rows without a readable picture.</summary>
[TestClass]
public sealed class ClassifierConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Classifiers => ConformanceSubjects.Classifiers;

    public static IEnumerable<object[]> Subjects => ConformanceSubjects.Names;

    [TestMethod, DynamicData(nameof(Classifiers))]
    public void Scores_OfClassifier_AreProbabilitiesWhoseLargestIsPredicted(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView scored = FittedSubjects.Get(subject).Transform(ConformanceData.Create(Ml, subject.Form));
        foreach (object?[] row in ViewReader.ReadAll(scored, subject.ScoreColumn!, subject.PredictedLabelColumn!))
        {
            float[] scores = (float[])row[0]!;
            Assert.AreEqual(1, scores.Sum(), 1e-5);
            Assert.IsTrue(scores.All(score => score is >= 0 and <= 1));
            Assert.AreEqual(Array.IndexOf(scores, scores.Max()) + 1, Convert.ToInt32(row[1]));
        }
    }

    [TestMethod, DynamicData(nameof(Classifiers))]
    public void Evaluate_OfScoredData_CountsReadableLabelledRows(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView scored = FittedSubjects.Get(subject).Transform(ConformanceData.Create(Ml, subject.Form));
        string label = subject.LabelColumn ?? "Label";
        MulticlassClassificationMetrics metrics = Ml.MulticlassClassification.Evaluate(scored, label, subject.ScoreColumn!, subject.PredictedLabelColumn!, topKPredictionCount: 2);
        Assert.AreEqual(ConformanceData.Rows, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
        Assert.IsTrue(metrics.MicroAccuracy is >= 0 and <= 1 && metrics.LogLoss > 0);
        List<object?[]> rows = ViewReader.ReadAll(scored, label, subject.PredictedLabelColumn!);
        Assert.AreEqual(rows.Count(row => Convert.ToInt32(row[0]) == Convert.ToInt32(row[1])) / (double)rows.Count, metrics.MicroAccuracy, 1e-6);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void UnreadablePictures_WhileScoring_GiveNaNAndTheMissingKeyWithOneWarning(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.png"], "no picture");
        ConformanceData.PathInput[] rows = [.. Enumerable.Range(0, 7).Select(ConformanceData.PathRow)];
        rows[1].Image = folder["text.png"];
        rows[4].Image = Path.Combine(folder.Path, "missing.png");
        rows[5].Image = string.Empty;
        var ml = new MLContext();
        using var log = new LogRecorder(ml);
        ITransformer transformer = FittedSubjects.Fit(subject, ml);
        using var owner = (IDisposable)transformer;
        IDataView data = ConformanceData.AddKeys(ml, ml.Data.LoadFromEnumerable(rows));
        IDataView scored = transformer.Transform(data);
        List<object?[]> values = ViewReader.ReadAll(scored, subject.OutputColumns);
        List<object?[]> good = ViewReader.ReadAll(transformer.Transform(ConformanceData.Create(ml, PictureForm.Paths)), subject.OutputColumns);
        for (int i = 0; i < rows.Length; i++)
        {
            if (i is 1 or 4 or 5)
            {
                Assert.IsTrue(values[i].All(IsMissing), $"{name}: row {i}");
            }
            else
            {
                ViewReader.AssertEqual([good[i]], [values[i]], $"{name}: row {i}", tolerance: 1e-4);
            }
        }

        string warning = log.Warnings.Single(text => text.Contains("could not be read", StringComparison.Ordinal));
        StringAssert.Contains(warning, "3 picture(s)");
        StringAssert.Contains(warning, "text.png");
        StringAssert.Contains(warning, "missing.png");
        if (subject.ScoreColumn is not null)
        {
            MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored, subject.LabelColumn ?? "Label", subject.ScoreColumn, subject.PredictedLabelColumn!);
            Assert.AreEqual(rows.Length - 3, metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()));
        }
    }

    private static bool IsMissing(object? value) => value switch
    {
        float[] numbers => numbers.All(float.IsNaN),
        Array keys => keys.Cast<object>().All(key => Convert.ToUInt64(key) == 0),
        _ => Convert.ToUInt64(value) == 0,
    };
}
