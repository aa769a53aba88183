using MLNetVision.Models.Levit.Kernels;

namespace MLNetVision.Tests.Models.Levit.Kernels;

[TestClass]
public sealed class KernelTeamTests
{
    [TestMethod]
    public void Team_AnyThreadsAndParts_DoesEachPartOnce()
    {
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using var team = new KernelTeam(threads);
            for (int parts = 1; parts < 200; parts += 7)
            {
                var job = new CountingJob(parts, threads);
                team.Run(job, parts);
                Assert.IsTrue(job.Counts.All(count => count == 1), $"{threads} threads, {parts} parts");
            }
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    public void Run_APartThrows_ThrowsItToTheCallerAndTheTeamGoesOn(int threads)
    {
        using var team = new KernelTeam(threads);
        for (int round = 0; round < 50; round++)
        {
            var failing = new FailingJob(failingPart: round * 7 % 100);
            InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => team.Run(failing, 100));
            Assert.AreEqual(FailingJob.Message, error.Message);
            Assert.AreEqual(0, failing.Running, "A part was still running when the exception came.");
            var job = new CountingJob(100, threads);
            team.Run(job, 100);
            Assert.IsTrue(job.Counts.All(count => count == 1));
        }
    }

    /// <summary>The caller's own part waits until a helper has thrown: the exception is certainly a helper's.</summary>
    [TestMethod]
    public void Run_AHelperThrows_ThrowsItToTheCaller()
    {
        using var team = new KernelTeam(2);
        var job = new FailingHelperJob();
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => team.Run(job, 2)).Message, "helper");
    }

    private sealed class FailingHelperJob : IKernelJob
    {
        private volatile bool _hasHelperBegun;

        public void Run(int part, int worker)
        {
            if (worker != 0)
            {
                _hasHelperBegun = true;
                throw new InvalidOperationException("of a helper");
            }

            Assert.IsTrue(SpinWait.SpinUntil(() => _hasHelperBegun, TimeSpan.FromSeconds(60)), "No helper took a part.");
        }
    }

    private sealed class FailingJob(int failingPart) : IKernelJob
    {
        public const string Message = "of a part";
        private int _running;

        public int Running => Volatile.Read(ref _running);

        public void Run(int part, int worker)
        {
            Interlocked.Increment(ref _running);
            try
            {
                if (part == failingPart)
                {
                    throw new InvalidOperationException(Message);
                }

                Thread.SpinWait(200);
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }

    private sealed class CountingJob(int parts, int threads) : IKernelJob
    {
        public int[] Counts { get; } = new int[parts];

        public void Run(int part, int worker)
        {
            Assert.IsTrue(worker >= 0 && worker < threads);
            Interlocked.Increment(ref Counts[part]);
        }
    }
}
