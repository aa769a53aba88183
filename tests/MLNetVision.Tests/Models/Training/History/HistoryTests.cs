using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.History;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Tests.Models.Training.Classification;
using MLNetVision.Tests.Models.Training.Segmentation;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Training.History;

[TestClass]
public sealed class HistoryTests
{
    /// <summary>The points without their times, which differ from run to run.</summary>
    public static TrainingPoint[] WithoutTime(TrainingResult result) => [.. result.Points.Select(point => point with { Seconds = 0 })];

    [TestMethod]
    public void Points_OfEpochs_AreTheirSummaries()
    {
        LevitTrainingResult result = TinyTraining.Train(TinyTraining.Plain, validation: new SyntheticImages(6, seed: 4)).Result;
        Assert.HasCount(3, result.Points);
        foreach ((EpochSummary epoch, TrainingPoint point) in result.History.Zip(result.Points))
        {
            Assert.AreEqual(
                (epoch.Epoch, epoch.Loss, epoch.Accuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.LearningRate),
                (point.Epoch, point.Loss, point.Accuracy, point.ValidationLoss, point.Score, point.LearningRate));
        }

        double[] seconds = [0, .. result.Points.Select(point => point.Seconds)];
        CollectionAssert.AreEqual(seconds.Order().ToArray(), seconds);
        Assert.AreEqual(result.BestEpoch * 3L, result.KeptStep); // 22 pictures are three batches of 6
        Assert.AreEqual(result.Points[result.BestEpoch - 1], result.Record.Best);
    }

    [TestMethod]
    public void Points_OfStepsWithoutEvaluation_AreEvenAndOfTheMeanLoss()
    {
        var totals = new List<double>();
        SegmentationTrainingResult result = Train(TinySegmentation.Options with { Steps = 205 }, progress: step => totals.Add(step.Losses.Total));
        Assert.HasCount(69, result.Points); // every third step, and the last
        CollectionAssert.AreEqual(new long[] { 3, 6, 9 }, result.Points.Take(3).Select(point => point.Step).ToArray());
        Assert.AreEqual(205, result.Points[^1].Step);
        Assert.AreEqual(totals.Take(3).Average(), result.Points[0].Loss, 1e-9);
        Assert.AreEqual(totals[^1], result.Points[^1].Loss, 1e-9);
        Assert.IsTrue(result.Points.All(point => point.Score is null && point.Accuracy is null));
        Assert.AreEqual(result.Points[^1], result.Record.Best);
    }

    [TestMethod]
    public void Points_OfARunThatWasCancelledAndResumed_AreThoseOfTheWhole()
    {
        SegmentationTrainingOptions options = TinySegmentation.Options with { Steps = 7, EvaluationSteps = 3 };
        double[] scores = [0.2, 0.5, 0.4];
        SegmentationTrainingResult whole = Train(options, scores);
        CollectionAssert.AreEqual(new double?[] { null, null, 0.2, null, null, 0.5, 0.4 }, whole.Points.Select(point => point.Score).ToArray());
        Assert.AreEqual((6, 6), (whole.KeptStep, whole.Record.Best!.Step));
        for (int stop = 1; stop < 7; stop++)
        {
            using var folder = new TemporaryFolder();
            SegmentationTrainingOptions saving = options with { CheckpointFolder = folder.Path };
            using var cancellation = new CancellationTokenSource();
            var left = new Queue<double>(scores);
            Train(saving, left, step => Cancel(step, stop, cancellation), cancellation.Token);
            CollectionAssert.AreEqual(WithoutTime(whole), WithoutTime(Train(saving, left)), $"cancelled after step {stop}");
        }
    }

    private static void Cancel(SegmentationTrainingProgress step, int stop, CancellationTokenSource cancellation)
    {
        if (step.Step == stop)
        {
            cancellation.Cancel();
        }
    }

    private static SegmentationTrainingResult Train(
        SegmentationTrainingOptions options, IEnumerable<double>? scores = null, Action<SegmentationTrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Queue<double>? left = scores is null ? null : scores as Queue<double> ?? new Queue<double>(scores);
        using Mask2FormerForUniversalSegmentation model = TinySegmentation.Model();
        return Mask2FormerTraining.Run(
            model, TinySegmentation.Processor, new SyntheticScenes(4), options, left is null ? null : (_, _) => left.Dequeue(),
            progress is null ? null : new Callback(progress), cancellation);
    }

    private sealed class Callback(Action<SegmentationTrainingProgress> action) : IProgress<SegmentationTrainingProgress>
    {
        public void Report(SegmentationTrainingProgress value) => action(value);
    }
}
