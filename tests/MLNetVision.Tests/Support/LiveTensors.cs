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

    /// <summary>
    /// How many more tensors are alive right after an action. Making a network counts by itself, even where it is disposed of: TorchSharp
    /// counts a parameter twice, as tensor and as parameter, and gives it back once. Compare with an action that only makes it.
    /// </summary>
    public static long Growth(Action action)
    {
        long before = Count();
        action();
        return torch.Tensor.TotalCount - before;
    }

    /// <summary>Fails if rounds of an action, each in a dispose scope of its own, leave more and more tensors; the first two are to warm up.</summary>
    public static void AssertNoneKept(Action round)
    {
        long before = 0;
        for (int i = 0; i < 6; i++)
        {
            using (torch.NewDisposeScope())
            {
                round();
            }

            before = i == 1 ? Count() : before;
        }

        Assert.IsLessThanOrEqualTo(before, torch.Tensor.TotalCount);
    }
}
