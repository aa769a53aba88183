using MLNetVision.Models.Training.Classification;

namespace MLNetVision.Tests.Models.Training.Classification;

/// <summary>Trainings that could not learn do not end as if they had.</summary>
[TestClass]
public sealed class UnreadableTrainingTests
{
    [TestMethod]
    public void Run_NoPictureCanBeRead_CountsThoseOfACutLastBatchInTheFirstStep()
    {
        var data = new SyntheticImages(10, broken: Enumerable.Range(0, 10).ToHashSet());
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(TinyTraining.Plain with { Epochs = 1, BatchSize = 6, PrefetchBatches = 1 }, data));
        StringAssert.Contains(error.Message, "None of the 10 pictures");
        StringAssert.Contains(error.Message, "picture 0 is broken");
    }

    [TestMethod]
    public void Run_OnePictureCanBeRead_SaysThatNoStepCouldBeTaken()
    {
        var data = new SyntheticImages(12, broken: Enumerable.Range(1, 11).ToHashSet());
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => TinyTraining.Train(TinyTraining.Plain, data));
        StringAssert.Contains(error.Message, "No step could be taken");
        StringAssert.Contains(error.Message, "11 of the 12");
    }

    [TestMethod]
    public void Run_BalancedClasses_WeighAsGivenByTheirPictures()
    {
        // 12 pictures of class 0, 4 of class 1, none of class 2.
        var data = new Uneven(16);
        CollectionAssert.AreEqual(new[] { 16 / 2.0 / 12, 16 / 2.0 / 4, 0 }, BalancedWeights.Of(data, 3).ToArray());
        Dictionary<string, string> balanced = TinyTraining.Train(TinyTraining.Plain with { BalanceClasses = true }, data).Weights;
        TinyTraining.AssertEqual(TinyTraining.Train(TinyTraining.Plain with { ClassWeights = BalancedWeights.Of(data, 3) }, data).Weights, balanced);
        Assert.AreNotEqual(TinyTraining.Train(TinyTraining.Plain, data).Weights["classifier.linear.weight"], balanced["classifier.linear.weight"]);
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => TinyTraining.Train(TinyTraining.Plain with { BalanceClasses = true, ClassWeights = [1, 1, 1] })).Message, "BalanceClasses and ClassWeights");
    }

    private sealed class Uneven(int count) : MLNetVision.Models.Training.Batches.IImageClassificationData
    {
        private readonly SyntheticImages _images = new(2 * count);

        public int Count => count;

        public int ClassOf(int index) => index % 4 == 3 ? 1 : 0;

        public string NameOf(int index) => $"picture {index}";

        public MLNetVision.Imaging.Pictures.RgbImage Load(int index) => _images.Load(3 * (index / 3) % 30 + ClassOf(index));
    }
}
