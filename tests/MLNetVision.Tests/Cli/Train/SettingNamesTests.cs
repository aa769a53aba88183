using MLNetVision.Cli.Train;

namespace MLNetVision.Tests.Cli.Train;

[TestClass]
public sealed class SettingNamesTests
{
    [TestMethod]
    public void Differences_OfARunToGoOnWith_AreInTheWordsOfOptions()
    {
        string message = SettingNames.InWordsOfOptions(
            "'/p/runs/001/weights/last' holds the state of another training: TrainTime was 10 and is 0.5; LearningRate was 0.001 and is 1E-05; BalanceClasses was false and is true; Precision was \"Float32\" and is \"BFloat16\"; "
            + "Model.image_size was 32 and is 64; EarlyStoppingPatience was null and is 3; Mixup was 0 and is 1. Continue with the same settings, or choose an empty folder.");
        Assert.AreEqual(
            "'/p/runs/001/weights/last' holds the state of another training: --train-time was 10 and is 0.5; --learning-rate was 0.001 and is 1E-05; --class-weights was off and is on; --precision was Float32 and is BFloat16; "
            + "the network (--checkpoint, --image-size, or the classes of the data) (image_size) was 32 and is 64; --patience was none and is 3; Mixup was 0 and is 1. Continue with the same settings, or choose an empty folder.",
            message);
    }
}
