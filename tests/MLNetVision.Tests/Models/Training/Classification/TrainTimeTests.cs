using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Tests.Support;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
public sealed class TrainTimeTests
{
    [TestMethod]
    public void Run_WithATime_EndsInItWithAFallenLearningRate()
    {
        const double Limit = 2;
        var reports = new List<LevitTrainingProgress>();
        (_, LevitTrainingResult result) = TinyTraining.Train(
            TinyTraining.Plain with { Epochs = 100_000, WarmUpEpochs = 1, TrainTime = Limit, FinalLearningRate = 0 }, validation: new SyntheticImages(6, seed: 1), progress: reports.Add);
        Assert.AreEqual(TrainingOutcome.TimeUp, result.Outcome);
        Assert.IsLessThan(100_000, result.History.Count);
        Assert.AreEqual(result.Steps, reports[^1].Step);
        Assert.IsNotNull(reports[^1].Summary);
        Assert.AreEqual(TimeSpan.Zero, reports[^1].Remaining);

        // In the schedule of 100,000 epochs it would be at its height. How far it fell depends on how long the last step took.
        Assert.IsLessThan(0.95 * TinyTraining.Plain.LearningRate, reports[^1].LearningRate);
        double[] afterWarmUp = [.. reports.Where(report => report.Epoch > 1).Select(report => report.LearningRate)];
        CollectionAssert.AreEqual(afterWarmUp.OrderDescending().ToArray(), afterWarmUp);
    }

    [TestMethod]
    public void Run_WithTimeForAll_TakesTheStepsThatItWouldTakeWithout()
    {
        Dictionary<string, string> without = TinyTraining.Train(TinyTraining.Full).Weights;
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(TinyTraining.Full with { TrainTime = 1e9 });
        Assert.AreEqual(TrainingOutcome.Completed, result.Outcome);
        TinyTraining.AssertEqual(without, weights);
    }

    [TestMethod]
    public void Run_ResumedAfterItsTime_IsAtItsEnd()
    {
        using var folder = new TemporaryFolder();
        LevitTrainingOptions options = TinyTraining.Plain with { Epochs = 100_000, TrainTime = 0.5, CheckpointFolder = folder.Path };
        (Dictionary<string, string> weights, LevitTrainingResult first) = TinyTraining.Train(options);
        (Dictionary<string, string> again, LevitTrainingResult second) = TinyTraining.Train(options);
        Assert.AreEqual((TrainingOutcome.TimeUp, first.Steps), (second.Outcome, second.Steps));
        TinyTraining.AssertEqual(weights, again);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Run_Cancelled_HoldsTheBestEpochOrWithoutValidationTheLatestWeights(bool validates)
    {
        using var cancellation = new CancellationTokenSource();
        SyntheticImages? validation = validates ? new SyntheticImages(6, seed: 1) : null;
        LevitTrainingOptions options = TinyTraining.Plain with { Epochs = 50, FreshStatistics = false };
        var epochs = new List<LevitTrainingProgress>();
        (Dictionary<string, string> weights, LevitTrainingResult result) = TinyTraining.Train(options, validation: validation, cancellation: cancellation.Token, progress: report =>
        {
            if (report.Summary is not null)
            {
                epochs.Add(report);
            }

            if (report is { Epoch: 3, EpochStep: 2, Summary: null })
            {
                cancellation.Cancel();
            }
        });
        Assert.AreEqual(TrainingOutcome.Cancelled, result.Outcome);
        Assert.HasCount(2, epochs);
        Assert.AreEqual(validates ? epochs.MaxBy(epoch => (epoch.Summary!.ValidationAccuracy, -epoch.Summary.ValidationLoss))!.Epoch : 2, result.BestEpoch);

        // The weights after exactly so many steps are those of a training that is cancelled there.
        long kept = validates ? epochs[result.BestEpoch - 1].Step : epochs[^1].Step + 2;
        using var other = new CancellationTokenSource();
        Dictionary<string, string> there = TinyTraining.Train(options, cancellation: other.Token, progress: report =>
        {
            if (report.Step == kept && report.Summary is null)
            {
                other.Cancel();
            }
        }).Weights;

        // The counters of batches are of the last step, and nothing reads them.
        TinyTraining.AssertEqual(there.Where(item => !item.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToDictionary(), weights);
    }
}
