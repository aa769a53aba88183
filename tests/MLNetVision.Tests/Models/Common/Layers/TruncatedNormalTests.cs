using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class TruncatedNormalTests
{
    [TestMethod]
    public void Fill_ManyWeights_AreNormalAndCutAndRepeatable()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var again = new Generator(5);
        Tensor weight = empty(200_000), other = empty(200_000);
        TruncatedNormal.Fill(weight, 0.02, generator);
        TruncatedNormal.Fill(other, 0.02, again);
        Assert.IsTrue(weight.eq(other).all().item<bool>());
        Assert.IsTrue(weight.abs().max().item<float>() <= 0.04001f);
        Assert.AreEqual(0, weight.mean().item<float>(), 2e-4f);
        Assert.AreEqual(0.02 * 0.8796, weight.std().item<float>(), 2e-4f); // the deviation of a normal cut at two
        Assert.AreEqual(0.6827 / 0.9545, weight.abs().less(0.02).to(float32).mean().item<float>(), 5e-3f);
    }
}
