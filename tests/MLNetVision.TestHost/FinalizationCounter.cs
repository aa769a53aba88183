using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Runtime.CompilerServices;

namespace MLNetVision.TestHost;

/// <summary>Counts the objects of each type that the runtime finalizes, by its own events.</summary>
internal sealed class FinalizationCounter : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords GarbageCollection = (EventKeywords)1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<nint, int> _counts = new();

    /// <summary>How many objects of exactly this type were finalized so far.</summary>
    public int Of<T>() => _counts.GetValueOrDefault(typeof(T).TypeHandle.Value);

    /// <summary>Waits until whatever is unreachable now is finalized and counted.</summary>
    public void Settle()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Events come in order, and later than what they tell of: a marker's is behind all others.
        int marks = Of<Marker>();
        DropMarker();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (!SpinWait.SpinUntil(() => Of<Marker>() > marks, Patience))
        {
            throw new InvalidOperationException("The runtime's events of finalized objects do not come.");
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
        {
            EnableEvents(eventSource, EventLevel.Verbose, GarbageCollection);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("FinalizeObject", StringComparison.Ordinal) == true && eventData.Payload?[0] is nint type)
        {
            _counts.AddOrUpdate(type, 1, (_, count) => count + 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropMarker() => _ = new Marker();

    private sealed class Marker
    {
        ~Marker() => GC.KeepAlive(this);
    }
}
