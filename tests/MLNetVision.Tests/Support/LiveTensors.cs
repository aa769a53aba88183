using TorchSharp;

namespace MLNetVision.Tests.Support;

/// <summary>Counts native tensors for leak guards.</summary>
internal static class LiveTensors
{
    /// <summary>The tensors that are alive when nothing that other tests dropped still waits for its finalizer.</summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return torch.Tensor.TotalCount;
    }
}
