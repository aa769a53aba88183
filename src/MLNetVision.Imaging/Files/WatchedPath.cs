namespace MLNetVision.Imaging.Files;

/// <summary>Looks at a file, or at the files of a folder, from time to time and tells when they are others. It is asked for rather than reported by the system, which network drives and containers do not do.</summary>
internal sealed class WatchedPath : IDisposable
{
    private readonly Lock _sync = new();
    private readonly string _path;
    private readonly Action _changed;
    private readonly Timer? _timer;
    private readonly TimeSpan _interval;
    private string? _known;
    private string? _seen;
    private bool _isDisposed;

    /// <param name="path">The file or folder; what is in subfolders is not looked at.</param>
    /// <param name="interval">How often; null for never.</param>
    /// <param name="changed">Called when it has changed and then stayed the same for an interval, so that nobody writes it any more.</param>
    public WatchedPath(string path, TimeSpan? interval, Action changed)
    {
        (_path, _changed, _interval) = (path, changed, interval ?? TimeSpan.Zero);
        _known = _seen = State();
        _timer = interval is null ? null : new Timer(_ => Look(), null, _interval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        lock (_sync)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Look()
    {
        string? now = State();
        bool isNew = now is not null && now != _known && now == _seen;
        _seen = now;
        if (isNew)
        {
            _known = now;
            _changed();
        }

        lock (_sync)
        {
            if (!_isDisposed)
            {
                _timer!.Change(_interval, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Where links lead, when that was written and how long it is, of each file; null where there is nothing, as while it is replaced.</summary>
    private string? State()
    {
        try
        {
            return Directory.Exists(_path)
                ? string.Join('\n', Directory.GetFiles(_path).Order(StringComparer.Ordinal).Select(StateOf).OfType<string>()) is { Length: > 0 } states ? states : null
                : StateOf(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? StateOf(string path)
    {
        FileSystemInfo file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        return file is FileInfo { Exists: true } found ? $"{found.FullName} {found.LastWriteTimeUtc.Ticks} {found.Length}" : null;
    }
}
