using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed unsafe class TensorMemoryTests
{
    [TestMethod]
    public void Address_PartOfATensor_IsItsFirstElement()
    {
        using Tensor whole = arange(12, ScalarType.Int64);
        using Tensor part = whole.narrow(0, 5, 4);
        Assert.AreEqual(5L, *TensorMemory.Address<long>(part));
        Assert.IsTrue(TensorMemory.Address<long>(whole) + 5 == TensorMemory.Address<long>(part));
    }

    [TestMethod]
    public void Address_MoreThanTwoGigabytes_ReachesTheLastElement()
    {
        // Only the pages that are touched come into being.
        const long Length = (1L << 31) + 10;
        using Tensor large = empty(Length, ScalarType.Byte);
        TensorMemory.Address<byte>(large)[Length - 1] = 42;
        using Tensor last = large[Length - 1];
        Assert.AreEqual(42, last.item<byte>());
    }

    [TestMethod]
    public void Address_NoElements_DoesNotThrow()
    {
        using Tensor none = empty(0, 3);
        _ = TensorMemory.Address<float>(none);
    }

    [TestMethod]
    [DataRow(ScalarType.Float64)]
    [DataRow(ScalarType.Int32)]
    [DataRow(ScalarType.BFloat16)]
    public void Address_OtherElements_IsRefused(ScalarType type)
    {
        using Tensor tensor = zeros([2, 3], type);
        string message = Assert.ThrowsExactly<ArgumentException>(() => (nint)TensorMemory.Address<float>(tensor)).Message;
        StringAssert.Contains(message, $"elements of type Float32, got {type} [2, 3] on CPU.");
    }

    [TestMethod]
    public void Address_NotContiguous_IsRefused()
    {
        using Tensor tensor = zeros(2, 3);
        using Tensor transposed = tensor.t();
        string message = Assert.ThrowsExactly<ArgumentException>(() => (nint)TensorMemory.Address<float>(transposed)).Message;
        StringAssert.Contains(message, "contiguous elements, got Float32 [3, 2] on CPU, not contiguous.");
    }

    [TestMethod]
    public void Address_OnAnotherDevice_IsRefused()
    {
        using Tensor tensor = zeros([2], device: META);
        string message = Assert.ThrowsExactly<ArgumentException>(() => (nint)TensorMemory.Address<float>(tensor)).Message;
        StringAssert.Contains(message, "memory of the CPU, got Float32 [2] on META.");
    }

    [TestMethod]
    public void Address_TypeThatNoKernelReads_IsRefused()
    {
        using Tensor tensor = zeros([2], ScalarType.Float64);
        Assert.ThrowsExactly<NotSupportedException>(() => (nint)TensorMemory.Address<double>(tensor));
    }

    [TestMethod]
    public void Bytes_AnyElements_AreTheirMemory()
    {
        using Tensor tensor = ones([3], ScalarType.Float64);
        Assert.AreEqual(1.0, *(double*)TensorMemory.Bytes(tensor));
    }
}
