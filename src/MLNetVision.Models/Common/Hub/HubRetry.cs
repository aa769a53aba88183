using System.Globalization;
using System.Net.Sockets;

namespace MLNetVision.Models.Common.Hub;

/// <summary>An attempt failed for a passing reason, but not before something came.</summary>
internal sealed class ProgressMadeException(Exception inner) : Exception(inner.Message, inner);

/// <summary>Repeats what fails for a passing reason, with growing waits.</summary>
internal static class HubRetry
{
    private static readonly TimeSpan MaximumDelay = TimeSpan.FromSeconds(30);

    /// <exception cref="HubException">It failed too often in a row, or in a way that waiting does not mend.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> attempt, HubOptions options, CancellationToken cancellation)
    {
        for (int failures = 0; ;)
        {
            Exception failure;
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (ProgressMadeException e)
            {
                failures = 0;
                failure = e.InnerException!;
            }
            catch (Exception e) when (IsPassing(e))
            {
                failure = e;
            }

            string reason = failure.Message.TrimEnd('.');
            if (IsOffTheNet(failure))
            {
                throw new HubException(HubError.Unreachable, $"The hub cannot be reached: {reason}.", failure);
            }

            if (failures == options.MaximumRetries)
            {
                throw new HubException(HubError.Unreachable, $"The hub cannot be reached, after {failures + 1} attempt{(failures == 0 ? string.Empty : "s")}: {reason}.", failure);
            }

            TimeSpan delay = options.RetryDelay * Math.Pow(2, failures);
            delay = delay < MaximumDelay ? delay : MaximumDelay;
            failures++;
            options.Warning(string.Create(CultureInfo.InvariantCulture, $"{reason}. Trying again in {delay.TotalSeconds:0.#} s, for the {failures} of {options.MaximumRetries} times."));
            await Task.Delay(delay, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the same request may succeed later: lost connections, timeouts, overloaded servers.</summary>
    public static bool IsPassing(Exception e) => e is HttpRequestException or HttpIOException or TimeoutException or IOException { InnerException: SocketException };

    /// <summary>Whether there is no way to the server: its name is not known here, or there is no network. Whoever works offline should not wait.</summary>
    private static bool IsOffTheNet(Exception e) =>
        e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
        || e.InnerException is SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostNotFound or SocketError.TryAgain };
}
