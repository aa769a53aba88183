using TorchSharp;

namespace MLNetVision.Tests.Support;

/// <summary>Numbers of torch's threads, for tests that do not run in parallel.</summary>
internal static class TorchThreads
{
    /// <summary>Does something on a number of threads, then sets the former number again.</summary>
    public static T Run<T>(int count, Func<T> action)
    {
        int former = torch.get_num_threads();
        torch.set_num_threads(count);
        try
        {
            return action();
        }
        finally
        {
            torch.set_num_threads(former);
        }
    }
}
