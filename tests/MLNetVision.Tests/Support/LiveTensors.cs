using TorchSharp;

namespace MLNetVision.Tests.Support;

/// <summary>Counts native tensors for leak guards.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// The tensors that are alive when nothing that other tests dropped still waits for its finalizer: the number to begin
    /// with. Compare it with Tensor.TotalCount as it is at the end, for finalizers would hide what nobody disposed of.
    /// </summary>
    public static long Count()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return torch.Tensor.TotalCount;
    }
}
