using MLNetVision.Models.Common.Layers;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Layers;

[TestClass]
public sealed class TensorsBySizeTests
{
    [TestMethod]
    public void Get_FirstInInferenceMode_ServesATrainingLater()
    {
        using var scope = NewDisposeScope();
        using var tensors = new TensorsBySize<string>(2);
        using (inference_mode())
        {
            tensors.Get("three", CPU, ScalarType.Float32, _ => ones(3));
        }

        using Tensor weight = ones(3, requires_grad: true);
        (weight * tensors.Get("three", CPU, ScalarType.Float32, _ => ones(3))).sum().backward();
        Assert.AreEqual(3f, weight.grad!.sum().item<float>());
    }

    [TestMethod]
    public void Dispose_TensorsInUse_LiveOnAndOthersAreGone()
    {
        using var scope = NewDisposeScope();
        var tensors = new TensorsBySize<string>(2);
        Tensor? made = null;
        Tensor inUse = tensors.Get("three", CPU, ScalarType.Float64, _ => made = ones(3, ScalarType.Float64));
        tensors.Dispose();
        Assert.IsTrue(made!.IsInvalid);
        Assert.AreEqual(3.0, inUse.sum().item<double>());
        Assert.AreEqual(4, tensors.Get("three", CPU, ScalarType.Float64, _ => ones(4)).shape[0]);
        tensors.Dispose();
    }

    [TestMethod]
    public void Get_MoreSizesThanAreKept_ForgetsThemButNotThoseInUse()
    {
        using var scope = NewDisposeScope();
        using var tensors = new TensorsBySize<long>(2);
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

        Tensor Get(long size) => tensors.Get(size, CPU, ScalarType.Float32, side =>
        {
            computed++;
            return ones(side * side) * side;
        });
    }
}
