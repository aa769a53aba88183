using System.Diagnostics;

namespace Samples;

/// <summary>Shows how far something is as a bar on one line of a console; where the output goes to a file, as ten lines.</summary>
internal sealed class ProgressBar
{
    private const int Width = 30;
    private const int LinesInAFile = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly bool _isFile = Console.IsOutputRedirected;
    private int _lines;

    /// <summary>Shows where it is now, unless it has just been shown.</summary>
    /// <param name="done">The share that is done, 0 to 1.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    /// <param name="describe">What stands behind the bar.</param>
    public void Show(double done, bool isLast, Func<string> describe)
    {
        if (_isFile)
        {
            if (isLast || done * LinesInAFile >= _lines + 1)
            {
                _lines = (int)(done * LinesInAFile);
                Console.WriteLine(describe());
            }
        }
        else if (isLast || _sinceLast.Elapsed > Interval)
        {
            _sinceLast.Restart();
            int filled = (int)(Width * done);
            Console.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {describe()}  {(isLast ? "\n" : "")}");
        }
    }
}
