using MLNetVision.Models.Common.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class BatchNormalizationTests
{
    [TestMethod]
    public void Apply_InTrainingAndAfter_IsTheLayersOwnForward()
    {
        using var scope = NewDisposeScope();
        using BatchNorm2d own = nn.BatchNorm2d(3), run = nn.BatchNorm2d(3);
        foreach (bool training in (bool[])[true, true, false])
        {
            own.train(training);
            run.train(training);
            Tensor x = randn(2, 3, 4, 5);
            Assert.IsTrue(own.call(x).equal(BatchNormalization.Apply(run, x)).all().item<bool>());
        }

        foreach ((string key, Tensor value) in own.state_dict())
        {
            Assert.IsTrue(value.equal(run.state_dict()[key]).all().item<bool>(), key);
        }

        Assert.AreEqual(2, run.num_batches_tracked!.item<long>());
    }
}
