using System.Runtime.InteropServices;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Common.Native;

[TestClass]
public sealed class ExhaustedMemoryTests
{
    [TestMethod]
    public void Is_TorchsOwnErrors_TellsWantOfMemoryFromOthers()
    {
        Assert.IsTrue(ExhaustedMemory.Is(Thrown(() => zeros(1L << 55).Dispose())));
        Assert.IsTrue(ExhaustedMemory.Is(new DeviceException("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB")));
        Assert.IsFalse(ExhaustedMemory.Is(Thrown(() => zeros(2).add(zeros(3)).Dispose())));
        Assert.IsFalse(ExhaustedMemory.Is(new InvalidOperationException("out of memory")));
    }

    [TestMethod]
    public void Explain_Error_SaysWhatHelpsAndKeepsTheCause()
    {
        Exception cause = Thrown(() => zeros(1L << 55).Dispose());
        InsufficientMemoryException explained = ExhaustedMemory.Explain(cause, "A training step", "lower BatchSize (now 8)");
        Assert.StartsWith("A training step needs more memory than there is: lower BatchSize (now 8). (", explained.Message);
        Assert.DoesNotContain("\n", explained.Message);
        Assert.AreSame(cause, explained.InnerException);
    }

    private sealed class DeviceException(string message) : ExternalException(message);

    private static Exception Thrown(Action action) => Assert.Throws<Exception>(action);
}
