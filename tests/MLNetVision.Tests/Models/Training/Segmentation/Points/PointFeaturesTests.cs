using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using MLNetVision.Tests.Support;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Segmentation.Points;

[TestClass]
public sealed class PointFeaturesTests
{
    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(19, 7, 5)]
    [DataRow(32, 9, 16)]
    public void Sample_AnySizes_EqualsGridSample(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        Tensor features = ProceduralTensor.Create("features", [channels, height, width], 2, 0);
        Tensor points = ProceduralTensor.Create("points", [1, 200, 2], 0.8, 0.5); // many outside
        using var sampler = new PointFeatures(features);
        Assert.IsTrue(sampler.Sample(points).t().allclose(PointSampling.Sample(features.unsqueeze(0), points)[0], 1e-4, 1e-4));
    }
}
