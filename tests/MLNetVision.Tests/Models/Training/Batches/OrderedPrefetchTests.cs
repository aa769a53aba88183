using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Tests.Models.Training.Batches;

[TestClass]
public sealed class OrderedPrefetchTests
{
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(4, 3)]
    [DataRow(3, 50)]
    public void Take_ItemsOfUnequalDuration_ComeInOrder(int threads, int ahead)
    {
        using var items = new OrderedPrefetch<long>(5, 45, threads, ahead, number =>
        {
            Thread.Sleep(number % 3 == 0 ? 2 : 0);
            return number;
        });
        CollectionAssert.AreEqual(Enumerable.Range(5, 40).Select(number => (long)number).ToArray(), Enumerable.Range(5, 40).Select(_ => items.Take()).ToArray());
        Assert.ThrowsExactly<InvalidOperationException>(() => items.Take());
    }

    [TestMethod]
    public void Make_SlowTaker_StaysWithinTheBound()
    {
        int made = 0;
        using var items = new OrderedPrefetch<int>(0, 1000, 2, 5, _ => Interlocked.Increment(ref made));
        SpinWait.SpinUntil(() => Volatile.Read(ref made) == 5, 5000);
        Thread.Sleep(20);
        Assert.AreEqual(5, Volatile.Read(ref made));
    }

    [TestMethod]
    public void Take_FailedItem_ThrowsItsExceptionAndGoesOn()
    {
        using var items = new OrderedPrefetch<long>(0, 3, 2, 3, number => number == 1 ? throw new FormatException("one") : number);
        Assert.AreEqual(0, items.Take());
        Assert.AreEqual("one", Assert.ThrowsExactly<FormatException>(() => items.Take()).Message);
        Assert.AreEqual(2, items.Take());
    }

    [TestMethod]
    public void Dispose_ItemsNotTaken_EndsTheThreads()
    {
        int made = 0;
        using (new OrderedPrefetch<int>(0, long.MaxValue, 3, 100, _ => Interlocked.Increment(ref made)))
        {
        }

        int after = made;
        Thread.Sleep(10);
        Assert.AreEqual(after, made);
    }
}
