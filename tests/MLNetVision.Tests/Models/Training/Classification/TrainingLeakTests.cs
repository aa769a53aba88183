using MLNetVision.Models.Levit;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Tests.Support;
using TorchSharp;

namespace MLNetVision.Tests.Models.Training.Classification;

[TestClass]
[DoNotParallelize]
public sealed class TrainingLeakTests
{
    [TestMethod]
    public void Run_ManySteps_LeavesNoTensorBehind()
    {
        using LevitForImageClassification model = TinyTraining.Model();
        Run(model, TinyTraining.Full, []);
        long before = LiveTensors.Count();
        var counts = new List<long>();
        Run(model, TinyTraining.Full with { Epochs = 4, GradientAccumulation = 1 }, counts);
        Assert.AreEqual(before, LiveTensors.Count());

        // What is alive within a run does not grow with its steps, but for the best epoch's weights.
        Assert.IsTrue(counts[^1] <= counts[1] + 10, $"{counts[1]} tensors after the second step, {counts[^1]} after the last");
    }

    private static void Run(LevitForImageClassification model, LevitTrainingOptions options, List<long> counts) => LevitTraining.Run(
        model, TinyTraining.Processor, new SyntheticImages(22), new SyntheticImages(6), options, new Counter(counts));

    private sealed class Counter(List<long> counts) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => counts.Add(torch.Tensor.TotalCount);
    }
}
