using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Native;
using TorchSharp;
using TorchSharp.Modules;

namespace MLNetVision.TestHost;

/// <summary>What the finalizer gets to do while the library works.</summary>
internal static class FinalizerVerbs
{
    private const int Rounds = 2;

    /// <summary>
    /// [NAME]: prints for each piece of work, or the named one, how many scalars, tensors and parameters were finalized while it
    /// ran and another thread collected; first for a scalar and a tensor that are dropped on purpose.
    /// </summary>
    public static void Watch(string[] arguments)
    {
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
        using var counter = new FinalizationCounter();
        Count("dropped on purpose", counter, Drop);
        foreach ((string name, Func<Action<int>> prepare) in FinalizerWorkloads.All.Concat(PipelineWorkloads.All).Where(item => arguments.Length == 0 || item.Key == arguments[0]))
        {
            Action<int> work = prepare();
            Count(name, counter, () => work(Rounds));
            GC.KeepAlive(work); // and with it the models
        }
    }

    private static void Count(string name, FinalizationCounter counter, Action work)
    {
        counter.Settle(); // what the preparation left behind
        (int scalars, int tensors, int parameters) = (counter.Of<Scalar>(), counter.Of<torch.Tensor>(), counter.Of<Parameter>());
        bool stop = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        collector.Start();
        work();
        Volatile.Write(ref stop, true);
        collector.Join();
        counter.Settle();
        Console.WriteLine($"{name}: {counter.Of<Scalar>() - scalars} scalars, {counter.Of<torch.Tensor>() - tensors} tensors, {counter.Of<Parameter>() - parameters} parameters");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop()
    {
        _ = 1.5.ToScalar();
        _ = torch.ones(1);
    }
}
