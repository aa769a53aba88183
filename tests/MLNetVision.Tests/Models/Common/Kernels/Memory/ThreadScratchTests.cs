using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Tests.Models.Common.Kernels.Memory;

/// <summary>What is checked because tests poison buffers.</summary>
[TestClass]
public sealed unsafe class ThreadScratchTests
{
    [TestMethod]
    public void Take_PurposeOnLoan_IsRefusedUntilItIsReturned()
    {
        using (ScratchLoan first = ThreadScratch.Take(Scratch.Hidden, 100, out _))
        {
            using ScratchLoan other = ThreadScratch.Take(Scratch.Context, 100, out _);
            string message = Assert.ThrowsExactly<InvalidOperationException>(() => ThreadScratch.Take(Scratch.Hidden, 10, out _)).Message;
            StringAssert.Contains(message, nameof(Scratch.Hidden));
        }

        ThreadScratch.Take(Scratch.Hidden, 100, out _).Dispose();
    }

    [TestMethod]
    public void Take_PurposeOnLoanOnAnotherThread_IsOtherMemory()
    {
        using ScratchLoan own = ThreadScratch.Take(Scratch.Hidden, 100, out float* start);
        nint others = 0;
        var thread = new Thread(() =>
        {
            using ScratchLoan loan = ThreadScratch.Take(Scratch.Hidden, 100, out float* memory);
            others = (nint)memory;
        });
        thread.Start();
        thread.Join();
        Assert.AreNotEqual((nint)start, others);
    }

    [TestMethod]
    public void Return_Twice_IsRefused()
    {
        ScratchLoan loan = ThreadScratch.Take(Scratch.Hidden, 100, out _);
        loan.Dispose();
        Assert.ThrowsExactly<InvalidOperationException>(loan.Dispose);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Return_WrittenBehindTheEndOfAPart_NamesThePart(int part)
    {
        ScratchLayout layout = default;
        long[] places = [layout.Add(33), layout.Add(7)], lengths = [33, 7];
        ScratchLoan loan = layout.Take(Scratch.Hidden, out float* block);
        new Span<float>(block + places[part], (int)lengths[part] + 1).Clear();
        string message = Assert.ThrowsExactly<InvalidOperationException>(loan.Dispose).Message;
        StringAssert.Contains(message, $"part {part} ");
    }

    [TestMethod]
    public void Layout_Parts_LieInTheBlockAndApart()
    {
        ScratchLayout layout = default;
        long first = layout.Add(33), empty = layout.Add(0), last = layout.Add(7);
        Assert.AreEqual(0, first);
        Assert.IsGreaterThanOrEqualTo(33, empty);
        Assert.IsGreaterThanOrEqualTo(empty, last);
        Assert.IsLessThanOrEqualTo(layout.Length, last + 7);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ScratchLayout().Add(-1));
    }
}
