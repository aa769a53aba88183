using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Tests.Models.Common.Kernels.Memory;

[TestClass]
public sealed unsafe class NativeBufferTests
{
    [TestMethod]
    public void Memory_AfterDisposal_IsRefused()
    {
        var buffer = new NativeBuffer(100);
        buffer.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => (nint)buffer.Pointer);
        Assert.ThrowsExactly<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.ThrowsExactly<ObjectDisposedException>(buffer.Poison);
    }
}
