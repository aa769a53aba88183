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
    /// <param name="hub">Where the cache and the hub are.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <returns>The model's id and where it lies, or null; and why, as half a sentence.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ((string Id, PretrainedSource Source)? Found, string Reason) Find(IReadOnlyList<string> modelIds, HubOptions hub, CancellationToken cancellation)
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
            return ((modelIds[0], Download(modelIds[0], hub, cancellation)), "from the hub");
        }
        catch (HubException e)
        {
            return (null, reason + $"cannot be had: {e.Message.TrimEnd('.')}");
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
            return Fetch(id, Copy(hub, isOffline: true), cancellation);
        }
        catch (HubException)
        {
            return null;
        }
    }

    private static PretrainedSource Download(string id, HubOptions hub, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(FirstBytes);
        var progress = new FirstProgress(hub.Progress, patience);
        try
        {
            return Fetch(id, Copy(hub, hub.IsOffline, hub.Timeout < Answer ? hub.Timeout : Answer, retries: 0, progress), patience.Token);
        }
        catch (HubException e) when (e.Error == HubError.Unreachable && progress.HasCome)
        {
            return Fetch(id, hub, cancellation); // a line that broke: what has come is kept
        }
    }

    // A folder of the same name here is not what is meant.
    private static PretrainedSource Fetch(string id, HubOptions hub, CancellationToken cancellation) =>
        PretrainedSource.Resolve(ModelHub.DownloadAsync(id, hub, cancellation).GetAwaiter().GetResult(), hub, cancellation);

    private static HubOptions Copy(HubOptions hub, bool? isOffline, TimeSpan? timeout = null, int? retries = null, IProgress<HubProgress>? progress = null) => new()
    {
        Revision = hub.Revision,
        CacheFolder = hub.CacheFolder,
        Token = hub.Token,
        Endpoint = hub.Endpoint,
        IsOffline = isOffline,
        Proxy = hub.Proxy,
        Timeout = timeout ?? hub.Timeout,
        MaximumRetries = retries ?? hub.MaximumRetries,
        RetryDelay = hub.RetryDelay,
        Progress = progress,
        Warning = hub.Warning,
    };

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
