using Microsoft.ML;
using Microsoft.ML.TorchSharp.AutoFormerV2;
using MLNetVision.Imaging.Metrics;

namespace MLNetVision.Tests.MLNetTorchSharp;

/// <summary>The two packages' figures of the same rows.</summary>
/// <remarks>
/// They differ by rule: COCO reads precision at 101 recalls where ML.NET takes the area under the curve, a difference of up to
/// 0.01; ML.NET counts the pixel of a box's last corner, leaves out scores below 0.05 and matches the best overlaps first. The
/// rows here leave these rules no room but for the first.
/// </remarks>
[TestClass]
public sealed class DetectionEvaluationTests
{
    private const double BetweenRecalls = 0.0101;
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void Evaluate_EveryBoxFound_IsOneForBoth()
    {
        IDataView data = DetectedRow.View(_ml, [Row(["cat", "dog"], [10, 10, 50, 40, 60, 20, 90, 80], ["cat", "dog"], [10, 10, 50, 40, 60, 20, 90, 80], [0.9f, 0.8f])]);
        ObjectDetectionMetrics theirs = Evaluations.Theirs(_ml, data);
        InstanceMetrics ours = _ml.ObjectDetection.Evaluate(data);
        Assert.AreEqual(1, theirs.MAP50, 1e-6);
        Assert.AreEqual(1, theirs.MAP50_95, 1e-6);
        Assert.AreEqual(1, ours.AveragePrecision, 1e-9);
    }

    [TestMethod]
    public void Evaluate_LooseBoxes_CountForTheSameThresholds()
    {
        // An overlap of 0.72, with or without the last pixel's row and column: five of the ten thresholds.
        IDataView data = DetectedRow.View(_ml, [Row(["cat"], [0, 0, 1000, 1000], ["cat"], [0, 0, 720, 1000], [0.9f])]);
        ObjectDetectionMetrics theirs = Evaluations.Theirs(_ml, data);
        InstanceMetrics ours = _ml.ObjectDetection.Evaluate(data);
        Assert.AreEqual(1, theirs.MAP50, 1e-6);
        Assert.AreEqual(0.5, theirs.MAP50_95, 1e-6);
        Assert.AreEqual(0.5, ours.AveragePrecision, 1e-9);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Evaluate_DrawnRows_AgreeWithinTheDistanceOfRecalls(int seed)
    {
        var random = new Random(seed);
        IDataView data = DetectedRow.View(_ml, Enumerable.Range(0, 40).Select(_ => Draw(random)).ToList());
        ObjectDetectionMetrics theirs = Evaluations.Theirs(_ml, data);
        InstanceMetrics ours = _ml.ObjectDetection.Evaluate(data);
        Assert.IsTrue(ours.AveragePrecision is > 0.2 and < 0.9, ours.ToString());
        Assert.AreEqual(ours.AveragePrecision50, theirs.MAP50, BetweenRecalls);
        Assert.AreEqual(ours.AveragePrecision, theirs.MAP50_95, BetweenRecalls);
    }

    // Boxes stand in cells of a grid, so that a prediction overlaps one box of the truth, wholly or by 0.72, or none.
    private static DetectedRow Draw(Random random)
    {
        string[] names = ["cat", "dog", "boat"];
        List<string> label = [], predicted = [];
        List<float> boxes = [], predictedBoxes = [], scores = [];
        for (int cell = 0; cell < 9; cell++)
        {
            float x = cell % 3 * 2000, y = cell / 3 * 2000;
            string name = names[random.Next(names.Length)];
            double fate = random.NextDouble();
            if (fate < 0.8)
            {
                label.Add(name);
                boxes.AddRange([x, y, x + 1000, y + 1000]);
            }

            if (fate > 0.2)
            {
                predicted.Add(name);
                predictedBoxes.AddRange([x, y, x + (fate > 0.5 ? 1000 : 720), y + 1000]);
                scores.Add(0.1f + 0.9f * (float)random.NextDouble());
            }
        }

        return Row([.. label], [.. boxes], [.. predicted], [.. predictedBoxes], [.. scores]);
    }

    private static DetectedRow Row(string[] label, float[] boxes, string[] predicted, float[] predictedBoxes, float[] scores) =>
        new() { Label = label, BoundingBoxes = boxes, PredictedLabel = predicted, PredictedBoundingBoxes = predictedBoxes, Score = scores };
}
