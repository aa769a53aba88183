using Microsoft.ML.Runtime;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;

namespace MLNetVision.Training;

/// <summary>A published checkpoint that a training takes of itself: out of the cache, or from a hub that answers soon.</summary>
internal static class PublishedModel
{
    // Nobody who did not ask for a download waits long for one that cannot be.
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstBytes = TimeSpan.FromSeconds(8);

    /// <summary>Finds one of some models.</summary>
    /// <param name="modelIds">The ids, the best first; the first one is asked for if the cache has none.</param>
    /// <param name="environment">Whose log is told of a download, and whose cancellation ends it.</param>
    /// <param name="hub">Where the cache and the hub are.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <returns>The model's id and where it lies, or null; and why, as half a sentence.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ((string Id, PretrainedSource Source)? Found, string Reason) Find(IReadOnlyList<string> modelIds, IHostEnvironment environment, HubOptions hub, CancellationToken cancellation)
    {
        foreach (string id in modelIds)
        {
            if (FindInCache(id, hub, cancellation) is { } cached)
            {
                return ((id, cached), "in the cache");
            }
        }

        string reason = $"{modelIds[0]} is not in the cache, and ";
        try
        {
            return ((modelIds[0], Download(modelIds[0], environment, hub, cancellation)), "from the hub");
        }
        catch (HubException e)
        {
            return (null, reason + Describe(e));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, reason + $"the hub sent nothing within {FirstBytes.TotalSeconds:f0} seconds");
        }
    }

    private static PretrainedSource? FindInCache(string id, HubOptions hub, CancellationToken cancellation)
    {
        try
        {
            return PretrainedSource.Resolve(id, hub.With(isOffline: true), cancellation);
        }
        catch (HubException)
        {
            return null;
        }
    }

    private static string Describe(HubException e) => e switch
    {
        { Error: HubError.Unreachable, InnerException: { } failure } => $"the hub cannot be reached ({failure.Message.TrimEnd('.')})",
        { Error: HubError.Unreachable } => "only the cache may be used (HF_HUB_OFFLINE)",
        _ => $"the hub does not give it ({e.Message.TrimEnd('.')})",
    };

    private static PretrainedSource Download(string id, IHostEnvironment environment, HubOptions hub, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(FirstBytes);
        var progress = new FirstProgress(hub.Progress, patience);
        try
        {
            return HostDownloads.Resolve(environment, id, hub.With(progress, timeout: hub.Timeout < Answer ? hub.Timeout : Answer, maximumRetries: 0), patience.Token);
        }
        catch (HubException e) when (e.Error == HubError.Unreachable && progress.HasCome)
        {
            return HostDownloads.Resolve(environment, id, hub, cancellation); // a line that broke: what has come is kept
        }
    }

    /// <summary>Passes progress on, and ends the impatience with the first bytes.</summary>
    private sealed class FirstProgress(IProgress<HubProgress>? next, CancellationTokenSource patience) : IProgress<HubProgress>
    {
        public bool HasCome { get; private set; }

        public void Report(HubProgress value)
        {
            if (!HasCome)
            {
                HasCome = true;
                patience.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            next?.Report(value);
        }
    }
}
