using System.Diagnostics;
using System.Globalization;

namespace MLNetVision.Models.Common.Hub;

/// <summary>Says how a model's download goes: to the progress in bytes, and to the log in sentences.</summary>
internal sealed class HubReport(ModelId model, HubSettings settings, HubOptions options)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private long _begun;
    private long _lastWritten;
    private long _before;
    private long _bytes;
    private int _files;

    /// <summary>Called when a file that the cache lacks begins to come, or goes on.</summary>
    public void Begin(string file, long received, long total)
    {
        if (_files++ == 0)
        {
            _begun = _lastWritten = Stopwatch.GetTimestamp();
            options.Log?.Invoke($"Downloading {model.Text} from {settings.Endpoint} into '{settings.CacheFolder}'.");
        }

        _before = received;
        options.Progress?.Report(new HubProgress(file, received, total));
    }

    public void Receive(string file, long received, long total)
    {
        options.Progress?.Report(new HubProgress(file, received, total));
        if (Stopwatch.GetElapsedTime(_lastWritten) >= Interval)
        {
            _lastWritten = Stopwatch.GetTimestamp();
            options.Log?.Invoke($"{model.Text}: {Megabytes(received)} of {Megabytes(total)} of {file}.");
        }
    }

    public void End(long received) => _bytes += received - _before;

    /// <summary>Called when the model is complete.</summary>
    public void Finish()
    {
        if (_files > 0)
        {
            options.Log?.Invoke(string.Create(
                CultureInfo.InvariantCulture, $"Downloaded {model.Text}: {_files} file{(_files == 1 ? string.Empty : "s")}, {Megabytes(_bytes)} in {Stopwatch.GetElapsedTime(_begun).TotalSeconds:0.0} s."));
        }
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
