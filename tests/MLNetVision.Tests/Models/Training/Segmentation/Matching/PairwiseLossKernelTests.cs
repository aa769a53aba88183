using MLNetVision.Imaging.Levels;
using MLNetVision.Models.Training.Segmentation.Matching;
using MLNetVision.Models.Training.Segmentation.Matching.Kernels;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Matching;

[TestClass]
[TestCategory("Levels")]
public sealed class PairwiseLossKernelTests
{
    [TestMethod]
    [DataRow(100, 3, false)]
    [DataRow(7, 1, true)]
    [DataRow(33, 12, true)]
    public void Compute_AnyPoints_HasTheLossesOneByOne(int queries, int targets, bool weighted)
    {
        if (!KernelLevels.UsesAvx512)
        {
            Assert.Inconclusive("The kernel is for vectors of 512 bits.");
        }

        using var scope = NewDisposeScope();
        const int Channels = 64, Height = 11, Width = 17, Points = 1500;
        Tensor Numbers(double step, params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b), dtype: float32).mul(step).sin().view(shape);
        Tensor embeddings = Numbers(1.7, queries, Channels) * 3, points = Numbers(2.3, 1, Points, 2) * 0.55 + 0.5; // some lie outside
        Tensor labels = Numbers(0.9, targets, Points).clamp(0, 1);
        Tensor? weights = weighted ? Numbers(0.4, Points).mul(2).clamp(0, 1) : null;
        using var features = new PointFeatures(Numbers(0.3, Channels, Height, Width));
        (Tensor crossEntropy, Tensor dice) = PairwiseLossKernel.Compute(features, embeddings, points, labels, weights);
        Tensor logits = embeddings.matmul(features.Sample(points).t());
        Assert.IsTrue(crossEntropy.allclose(PairwiseLosses.SigmoidCrossEntropy(logits, labels, weights), 1e-5, 1e-5));
        Assert.IsTrue(dice.allclose(PairwiseLosses.Dice(logits, labels, weights), 1e-5, 1e-6));
    }

    [TestMethod]
    public void IsFaster_ManyMorePixelsThanPoints_IsFalse()
    {
        using var scope = NewDisposeScope();
        using var features = new PointFeatures(zeros(32, 20, 20));
        Assert.IsFalse(PairwiseLossKernel.IsFaster(features, zeros(1, 200, 2)));
    }
}
