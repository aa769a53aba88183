using MLNetVision.Models.Training.Engine;
using MLNetVision.Tests.Models.Training.Classification;
using static TorchSharp.torch;

namespace MLNetVision.Tests.Models.Training.Engine;

[TestClass]
[DoNotParallelize]
public sealed class ComputeThreadsTests
{
    /// <summary>The first one begun ends first, the second one last: in the order in which numbers set for the whole process go wrong.</summary>
    [TestMethod]
    public void Set_OnOverlappingThreads_HoldsThereAndNowhereElse()
    {
        int here = get_num_threads(), process = OnNewThread(get_num_threads), first = 0, second = 0, afterFirst = 0, afterSecond = 0, meanwhile = 0;
        using Barrier step = new(2);
        Thread one = Start(() =>
        {
            int before = get_num_threads();
            step.SignalAndWait();
            using (new ComputeThreads(process + 1))
            {
                step.SignalAndWait();
                step.SignalAndWait();
                first = get_num_threads();
                meanwhile = OnNewThread(get_num_threads);
            }

            afterFirst = get_num_threads() - before;
            step.SignalAndWait();
        });
        Thread two = Start(() =>
        {
            int before = get_num_threads();
            step.SignalAndWait();
            step.SignalAndWait();
            using (new ComputeThreads(process + 2))
            {
                step.SignalAndWait();
                second = get_num_threads();
                step.SignalAndWait();
            }

            afterSecond = get_num_threads() - before;
        });
        one.Join();
        two.Join();
        Assert.AreEqual((process + 1, process + 2), (first, second));
        Assert.AreEqual((process, 0, 0), (meanwhile, afterFirst, afterSecond));
        Assert.AreEqual((here, process), (get_num_threads(), OnNewThread(get_num_threads)));
    }

    [TestMethod]
    public void Run_OverlappingTrainings_EachHasItsThreadsAndLeavesNoTrace()
    {
        int process = OnNewThread(get_num_threads);
        int[] within = new int[4], after = new int[4];
        using Barrier begun = new(within.Length);
        Thread[] trainings = [.. Enumerable.Range(0, within.Length).Select(i => Start(() =>
        {
            bool waited = false;
            _ = get_num_threads(); // the first use of torch: at the instant of a setting it would find that number
            begun.SignalAndWait();
            TinyTraining.Train(TinyTraining.Plain with { Epochs = 1, ComputeThreads = process + 1 + i }, progress: _ =>
            {
                waited = waited || begun.SignalAndWait(TimeSpan.FromSeconds(60));
                within[i] = get_num_threads();
            });
            after[i] = get_num_threads();
        }))];
        Array.ForEach(trainings, training => training.Join());
        CollectionAssert.AreEqual(Enumerable.Range(process + 1, within.Length).ToArray(), within);
        CollectionAssert.AreEqual(Enumerable.Repeat(process, within.Length).ToArray(), after);
        Assert.AreEqual(process, OnNewThread(get_num_threads));
    }

    private static Thread Start(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static int OnNewThread(Func<int> action)
    {
        int result = 0;
        Start(() => result = action()).Join();
        return result;
    }
}
