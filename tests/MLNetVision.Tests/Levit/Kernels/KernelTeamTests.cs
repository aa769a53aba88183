using MLNetVision.Models.Levit.Kernels;

namespace MLNetVision.Tests.Levit.Kernels;

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
