using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Metrics;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Segments;
using MLNetVision.Tests.Imaging.Metrics.Classification;

namespace MLNetVision.Tests.Imaging.Metrics.Thresholds;

[TestClass]
public sealed class ThresholdCurvesTests
{
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.25)]
    [DataRow(0.5)]
    [DataRow(0.731)]
    [DataRow(1.0)]
    public void Thresholds_OfAClassification_AskForEachClassByItself(double threshold)
    {
        (int Truth, float[] Probabilities)[] rows = ClassificationEvaluatorTests.Random(200, seed: 8);
        ThresholdCurves curves = ClassificationEvaluatorTests.Evaluate(rows).Compute().Thresholds;
        int at = ThresholdCurve.IndexOf(threshold);
        for (int c = 0; c < 3; c++)
        {
            (int Truth, float[] Probabilities)[] reached = [.. rows.Where(row => row.Probabilities[c] >= threshold - 1e-7)];
            double right = reached.Count(row => row.Truth == c);
            Assert.AreEqual(reached.Length == 0 ? 1 : right / reached.Length, curves.PerClass[c].Precision[at], 1e-12);
            Assert.AreEqual(right / rows.Count(row => row.Truth == c), curves.PerClass[c].Recall[at], 1e-12);
        }

        Assert.AreEqual(curves.PerClass.Average(curve => curve.F1[at]), curves.Mean.F1[at], 1e-12);
    }

    [TestMethod]
    public void BestThreshold_OfAPlateau_IsItsMiddle()
    {
        var counts = new ScoreCounts();
        counts.Add(0.8, true);
        counts.Add(0.9f, true);
        counts.Add(0.2, false);
        counts.Add(double.NaN, true);
        ThresholdCurve curve = counts.ToCurve("cat", truths: 2);
        Assert.AreEqual((1.0, 0.5), (curve.BestF1, curve.BestThreshold), "0.201 to 0.8");
        Assert.AreEqual(1.0, curve.Recall[ThresholdCurve.IndexOf(0.8)]);
        Assert.AreEqual(0.5, curve.Recall[ThresholdCurve.IndexOf(0.9)], "0.9f lies a little below 0.9");
        Assert.AreEqual((1.0, 0.0, 0.0), (curve.Precision[1000], curve.Recall[1000], curve.F1[1000]));
    }

    [TestMethod]
    public void Thresholds_OfClassesWithoutTruth_AreUndefinedAndDoNotCount()
    {
        var counts = new ScoreCounts();
        counts.Add(0.7, true);
        var curves = new ThresholdCurves([counts.ToCurve("cat", 1), new ScoreCounts().ToCurve("dog", 0)]);
        Assert.IsTrue(double.IsNaN(curves.PerClass[1].BestThreshold) && double.IsNaN(curves.PerClass[1].F1[0]));
        Assert.AreEqual(0.35, curves.RecommendedThreshold, 1e-12);
        string[] lines = curves.ToCsv().Split('\n');
        Assert.AreEqual("threshold,precision,recall,f1,recommended,f1/cat,f1/dog", lines[0]);
        Assert.AreEqual("0.7,1,1,1,,1,", lines[71]);
        Assert.AreEqual("0.35,1,1,1,1,1,", lines[36]);
        Assert.HasCount(103, lines);
        counts.Add(0.301, false);
        string[] further = new ThresholdCurves([counts.ToCurve("cat", 1)]).ToCsv().Split('\n');
        Assert.HasCount(104, further, "the recommended threshold has a row of its own where it is no whole hundredth");
        Assert.AreEqual("0.501,1,1,1,1,1", further[52]);
        Assert.IsTrue(double.IsNaN(new ThresholdCurves([new ScoreCounts().ToCurve("dog", 0)]).RecommendedThreshold));
    }

    [TestMethod]
    public void ComputeThresholds_OfSegments_CountsMatchesAtTheOverlap()
    {
        Segment Box(int x, int width, double score = 1) => new() { Class = 0, Score = score, Mask = RunLengthMask.FromBox(new BoundingBox(x, 0, width, 10), 10, 100) };
        var evaluator = new InstanceEvaluator(["cat"]);
        evaluator.Add(1, [Box(0, 10), Box(50, 10)], [Box(0, 10, 0.9), Box(50, 6, 0.6), Box(80, 10, 0.4)]);
        ThresholdCurve loose = evaluator.ComputeThresholds().Mean, strict = evaluator.ComputeThresholds(0.75).Mean;
        Assert.AreEqual((2 / 3.0, 1.0), (loose.Precision[0], loose.Recall[0]));
        Assert.AreEqual((1.0, 1.0), (loose.Precision[500], loose.Recall[500]));
        Assert.AreEqual((1.0, 0.5), (loose.Precision[700], loose.Recall[700]));
        Assert.AreEqual((0.5, 0.5), (strict.Precision[500], strict.Recall[500]));
        Assert.AreEqual(0.5, loose.BestThreshold, "0.401 to 0.6");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => evaluator.ComputeThresholds(0.4));
    }
}
