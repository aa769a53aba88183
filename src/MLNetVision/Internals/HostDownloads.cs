using Microsoft.ML.Runtime;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;

namespace MLNetVision.Internals;

/// <summary>Finds checkpoints for ML.NET's trainers and transforms: a download is told to the context's log and ends when the context is cancelled.</summary>
internal static class HostDownloads
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <param name="environment">Whose log and cancellation count.</param>
    /// <param name="checkpoint">A folder, a file or a model id.</param>
    /// <param name="hub">How an id is downloaded; null for the way that the environment variables say.</param>
    /// <param name="cancellation">Ends the download too.</param>
    /// <inheritdoc cref="PretrainedSource.Resolve" path="/exception"/>
    public static PretrainedSource Resolve(IHostEnvironment environment, string checkpoint, HubOptions? hub, CancellationToken cancellation = default)
    {
        hub ??= new HubOptions();
        using IChannel channel = environment.Register("Hub").Start("Download");
        HubOptions told = hub.With(
            log: hub.Log ?? (text => channel.Info(MessageSensitivity.None, "{0}", text)),
            warning: hub.HasUsualWarning ? text => channel.Warning(MessageSensitivity.None, "{0}", text) : null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<PretrainedSource> finding = Task.Run(() => PretrainedSource.ResolveAsync(checkpoint, told, cancellation: stop.Token));
        while (!((IAsyncResult)finding).AsyncWaitHandle.WaitOne(Poll))
        {
            if (HostAccess.IsCancelled(environment))
            {
                stop.Cancel();
            }
        }

        return finding.GetAwaiter().GetResult();
    }
}
