using CsCheck;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Classification;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Batches;

[TestClass]
public sealed class BatchMixingTests
{
    [TestMethod]
    public void Mixing_AnyDraw_SharesTargetsAsItSharesPixels() =>
        Gen.Select(Gen.Double[0, 2], Gen.Double[0, 2], Gen.Int[2, 5], Gen.Double[0, 0.5], Gen.Int).Sample(
            (mixup, cutMix, batch, smoothing, seed) =>
            {
                using var scope = NewDisposeScope();
                BatchMixing mixing = BatchMixing.Draw(mixup, cutMix, 12, 9, new RandomStream(seed, RandomPurpose.Mixing, 0, 0));
                Assert.IsTrue(mixing.Share is >= 0 and <= 1);

                // Each picture is of the one value that is its class; so its mean is that of its targets.
                Tensor classes = arange(batch);
                Tensor pixels = classes.to(ScalarType.Float32).view(batch, 1, 1, 1).expand(batch, 3, 9, 12).contiguous();
                Tensor mixed = mixing.Mix(pixels).mean([1, 2, 3]);
                Tensor whole = mixing.MixTargets(SoftTargets.Create(classes, batch, 0));
                Tensor expected = whole.matmul(classes.to(ScalarType.Float32));
                Assert.IsTrue(allclose(expected, mixed, 1e-4, 1e-4));

                Tensor smooth = mixing.MixTargets(SoftTargets.Create(classes, batch, smoothing));
                Assert.IsTrue(allclose(ones(batch), smooth.sum(1), 1e-5, 1e-5));
                Assert.IsTrue(smooth.min().ToDouble() >= 0);
            },
            iter: 200);

    [TestMethod]
    public void Mixing_Off_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        BatchMixing mixing = BatchMixing.Draw(0, 0, 8, 8, new RandomStream(1, RandomPurpose.Mixing, 0, 0));
        Tensor pixels = rand(2, 3, 8, 8);
        Assert.IsTrue(mixing.Mix(pixels).equal(pixels).all().ToBoolean());
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.1)]
    public void CrossEntropy_WholeTargets_EqualsTorch(double smoothing)
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 1, -2, 0.5f, 3, 0, -1 }, [2, 3]);
        Tensor classes = tensor(new long[] { 2, 0 });
        Tensor actual = SoftTargets.CrossEntropy(logits, SoftTargets.Create(classes, 3, smoothing), null);
        Assert.AreEqual(nn.functional.cross_entropy(logits, classes, label_smoothing: smoothing).ToDouble(), actual.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void CrossEntropy_ClassWeights_EqualsTorch()
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 1, -2, 0.5f, 3, 0, -1, 0, 0, 1 }, [3, 3]);
        Tensor classes = tensor(new long[] { 2, 0, 1 });
        Tensor weights = tensor(new float[] { 0.5f, 0, 4 });
        Tensor actual = SoftTargets.CrossEntropy(logits, SoftTargets.Create(classes, 3, 0), weights);
        Assert.AreEqual(nn.functional.cross_entropy(logits, classes, weights).ToDouble(), actual.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void CrossEntropy_OnlyClassesOfWeightZero_IsZero()
    {
        using var scope = NewDisposeScope();
        Tensor loss = SoftTargets.CrossEntropy(ones(2, 2), SoftTargets.Create(zeros(2, ScalarType.Int64), 2, 0), tensor(new float[] { 0, 1 }));
        Assert.AreEqual(0, loss.ToDouble());
    }
}
