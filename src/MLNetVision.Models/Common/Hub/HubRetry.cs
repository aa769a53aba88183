namespace MLNetVision.Models.Common.Hub;

/// <summary>An attempt failed for a passing reason, but not before something came.</summary>
internal sealed class ProgressMadeException(Exception inner) : Exception(inner.Message, inner);

/// <summary>Repeats what fails for a passing reason, with growing waits.</summary>
internal static class HubRetry
{
    private static readonly TimeSpan MaximumDelay = TimeSpan.FromSeconds(30);

    /// <exception cref="HubException">It failed too often in a row.</exception>
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

            if (failures == options.MaximumRetries)
            {
                throw new HubException(HubError.Unreachable, $"The hub cannot be reached, after {failures + 1} attempts: {failure.Message}", failure);
            }

            TimeSpan delay = options.RetryDelay * Math.Pow(2, failures);
            await Task.Delay(delay < MaximumDelay ? delay : MaximumDelay, cancellation).ConfigureAwait(false);
            failures++;
        }
    }

    /// <summary>Whether the same request may succeed later: lost connections, timeouts, overloaded servers.</summary>
    public static bool IsPassing(Exception e) => e is HttpRequestException or HttpIOException or TimeoutException or IOException { InnerException: System.Net.Sockets.SocketException };
}
