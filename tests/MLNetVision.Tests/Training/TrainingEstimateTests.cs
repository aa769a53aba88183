using MLNetVision.Models.Training.Engine;
using MLNetVision.Training;

namespace MLNetVision.Tests.Training;

/// <summary>What a training says of its length when it has taken a few steps.</summary>
[TestClass]
public sealed class TrainingEstimateTests
{
    [TestMethod]
    public void Estimate_OfALongTraining_WarnsOnceWithItsLengthAndTheWaysOut()
    {
        var estimate = new TrainingEstimate(trainTime: null, "fewer steps");
        (string Text, bool IsLong)?[] told = Told(estimate, steps: 2000, secondsEach: 5);
        (string text, bool isLong) = told.OfType<(string, bool)>().Single();
        Assert.IsNull(told[1]); // a step after the first tells too little
        Assert.IsNotNull(told[2]);
        Assert.IsTrue(isLong);
        foreach (string part in new[] { "about 2.8 hours", "2000 steps", "5 s each", "limit of time", "fewer steps" })
        {
            StringAssert.Contains(text, part);
        }
    }

    [TestMethod]
    public void Estimate_OfAFirstSlowStep_DoesNotCountIt()
    {
        (string text, bool isLong) = Told(new TrainingEstimate(null, "fewer steps"), steps: 201, secondsEach: 1).OfType<(string, bool)>().Single();
        StringAssert.Contains(text, "about 4 minutes: 201 steps, now 1 s each");
        Assert.IsFalse(isLong);
    }

    [TestMethod]
    public void Estimate_WithALimitOfTime_TellsHowManyStepsItLeaves()
    {
        (string text, bool isLong) = Told(new TrainingEstimate(60, "fewer steps"), steps: 2000, secondsEach: 2).OfType<(string, bool)>().Single();
        StringAssert.Contains(text, "limit of 60 s, after about 26 of 2000 steps");
        Assert.IsFalse(isLong);
    }

    [TestMethod]
    [DataRow(30, null)]
    [DataRow(30, 300.0)]
    public void Estimate_OfLessThanAMinute_IsNotTold(int steps, double? limit) =>
        Assert.IsEmpty(Told(new TrainingEstimate(limit, "fewer steps"), steps, secondsEach: 1).OfType<(string, bool)>());

    [TestMethod]
    public void Estimate_OfShortSteps_WaitsUntilTheirCodeIsWarm()
    {
        var estimate = new TrainingEstimate(null, "fewer steps");
        (string, bool)?[] told = [.. Enumerable.Range(1, 400).Select(step => estimate.After(Progress(step, 3000, step <= 80 ? step * 0.1 : 8 + (step - 80) * 0.05)))];
        (string text, _) = told.OfType<(string, bool)>().Single();
        StringAssert.Contains(text, "about 3 minutes: 3000 steps, now 0.05 s each");
    }

    // The first step takes ten seconds.
    private static (string Text, bool IsLong)?[] Told(TrainingEstimate estimate, int steps, double secondsEach) =>
        [.. Enumerable.Range(1, 20).Select(step => estimate.After(Progress(step, steps, 10 + (step - 1) * secondsEach)))];

    private static TrainingProgress Progress(int step, int steps, double seconds) => new()
    {
        Step = step, Steps = steps, Elapsed = TimeSpan.FromSeconds(seconds),
        Loss = 1, GradientNorm = 1, LearningRate = 1, ImagesPerSecond = 1, Remaining = TimeSpan.Zero, WaitingShare = 0, NonFiniteSteps = 0,
    };
}
