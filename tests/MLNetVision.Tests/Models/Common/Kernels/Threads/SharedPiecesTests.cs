using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Tests.Models.Common.Kernels.Threads;

[TestClass]
public sealed class SharedPiecesTests
{
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 7)]
    [DataRow(4, 4)]
    [DataRow(8, 1000)]
    public void Run_AnyNumber_DoesEachPieceOnceBeforeItReturns(int threads, int pieces)
    {
        for (int round = 0; round < 200; round++)
        {
            int[] done = new int[pieces];
            new SharedPieces(pieces, piece => done[piece]++).Run(threads);
            Assert.IsTrue(done.All(count => count == 1), $"round {round}");
        }
    }

    [TestMethod]
    public void Run_SeveralThreads_WorkAtOnce()
    {
        using var meeting = new Barrier(2);
        new SharedPieces(2, _ => Assert.IsTrue(meeting.SignalAndWait(TimeSpan.FromSeconds(60)), "one thread did both pieces")).Run(2);
    }

    /// <summary>The other half of the wait: the last piece is a helper's and takes longer than the caller looks for it.</summary>
    [TestMethod]
    public void Run_LastPieceOfAHelper_IsWaitedFor()
    {
        using var meeting = new Barrier(2);
        int caller = Environment.CurrentManagedThreadId;
        bool isDone = false;
        new SharedPieces(2, _ =>
        {
            meeting.SignalAndWait();
            if (Environment.CurrentManagedThreadId != caller)
            {
                Thread.Sleep(100);
                isDone = true;
            }
        }).Run(2);
        Assert.IsTrue(isDone);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Run_PieceThatFails_ThrowsItsExceptionAndLeavesNoPieceRunning(int threads)
    {
        int running = 0;
        InvalidOperationException e = Assert.ThrowsExactly<InvalidOperationException>(() => new SharedPieces(50, piece =>
        {
            Interlocked.Increment(ref running);
            try
            {
                Thread.Sleep(1);
                if (piece == 20)
                {
                    throw new InvalidOperationException("piece 20");
                }
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }).Run(threads));
        Assert.AreEqual("piece 20", e.Message);
        Assert.AreEqual(0, running);
    }

    [TestMethod]
    public void Run_WithinAPiece_ComesToAnEnd()
    {
        int sum = 0;
        new SharedPieces(8, _ => new SharedPieces(8, _ => Interlocked.Increment(ref sum)).Run(4)).Run(4);
        Assert.AreEqual(64, sum);
    }
}
