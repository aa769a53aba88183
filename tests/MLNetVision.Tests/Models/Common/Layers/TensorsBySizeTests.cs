using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class TensorsBySizeTests
{
    [TestMethod]
    public void Get_MoreSizesThanAreKept_ForgetsThemButNotThoseInUse()
    {
        using var scope = NewDisposeScope();
        var tensors = new TensorsBySize(2);
        int computed = 0;
        Tensor first = Get(1);
        Assert.AreEqual(1f, Get(1)[0].item<float>());
        Assert.AreEqual(1, computed);
        for (int size = 2; size < 6; size++)
        {
            Assert.AreEqual((float)size, Get(size)[0].item<float>());
        }

        Assert.AreEqual(1f, first[0].item<float>());
        Assert.AreEqual(1f, Get(1)[0].item<float>());
        Assert.AreEqual(6, computed);

        Tensor Get(long size) => tensors.Get(size, size, CPU, ScalarType.Float32, (height, width) =>
        {
            computed++;
            return ones(height * width) * height;
        });
    }
}
