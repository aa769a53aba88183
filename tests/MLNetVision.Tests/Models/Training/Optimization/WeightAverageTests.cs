using MLNetVision.Models.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Optimization;

[TestClass]
public sealed class WeightAverageTests
{
    [TestMethod]
    public void Update_ChangingValues_FollowsTheClosedForm()
    {
        using var scope = NewDisposeScope();
        Tensor source = tensor(new float[] { 1, 2 });
        using var average = new WeightAverage([source], 0.9);
        double expected = 1;
        for (int update = 1; update <= 50; update++)
        {
            source.add_(1);
            average.Update();
            double decay = Math.Min(0.9, (1.0 + update) / (10.0 + update));
            expected = decay * expected + (1 - decay) * (1 + update);
        }

        Assert.AreEqual(expected, average.Averages[0][0].ToDouble(), 1e-3);
        Assert.AreEqual(expected + 1, average.Averages[0][1].ToDouble(), 1e-3);
    }

    [TestMethod]
    public void Exchange_Twice_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        Tensor source = tensor(new float[] { 1 });
        using var average = new WeightAverage([source], 0.9);
        source.add_(1);
        average.Exchange();
        Assert.AreEqual(1, source.ToDouble());
        Assert.AreEqual(2, average.Averages[0].ToDouble());
        average.Exchange();
        Assert.AreEqual(2, source.ToDouble());
    }
}
