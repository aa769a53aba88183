using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Tests.Models.Common.Kernels.Memory;

/// <summary>All tests of kernels rely on this: what was never written is NaN.</summary>
[TestClass]
public sealed unsafe class BufferPoisonTests
{
    [TestMethod]
    public void NewBuffer_InTests_HoldsNoNumber()
    {
        using var buffer = new NativeBuffer(100);
        AssertPoisoned(buffer.Pointer, 100);
    }

    [TestMethod]
    public void RentedBuffer_UsedBefore_HoldsNoNumber()
    {
        using var pool = new BufferPool();
        float* before;
        using (BufferPool.Lease first = pool.Rent(100))
        {
            before = first.Pointer;
            new Span<float>(before, 100).Fill(1);
        }

        using BufferPool.Lease second = pool.Rent(100);
        Assert.IsTrue(before == second.Pointer, "The pool did not lend the same buffer again.");
        AssertPoisoned(second.Pointer, 100);
    }

    [TestMethod]
    public void ThreadScratch_UsedBefore_HoldsNoNumber()
    {
        using (ScratchLoan before = ThreadScratch.Take(Scratch.Hidden, 100, out float* used))
        {
            new Span<float>(used, 100).Fill(1);
        }

        using ScratchLoan after = ThreadScratch.Take(Scratch.Hidden, 100, out float* start);
        AssertPoisoned(start, 100);
    }

    private static void AssertPoisoned(float* start, int length)
    {
        foreach (float value in new ReadOnlySpan<float>(start, length))
        {
            Assert.IsTrue(float.IsNaN(value), $"Found {value}; is the switch {BufferPoison.SwitchName} set in the tests' project?");
        }
    }
}
