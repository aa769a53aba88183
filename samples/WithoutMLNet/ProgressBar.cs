using System.Diagnostics;
using MLNetVision.Models.Training.Classification;

namespace WithoutMLNet;

/// <summary>Shows a training as a bar on one line of a console; where the output goes to a file, as a line each few epochs.</summary>
internal sealed class ProgressBar : IProgress<LevitTrainingProgress>, IDisposable
{
    private const int Width = 30;
    private const int LinesInAFile = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly bool _isFile = Console.IsOutputRedirected;

    public void Report(LevitTrainingProgress value)
    {
        bool isLast = value.Summary is not null && value.Epoch == value.Epochs;
        if (_isFile)
        {
            if (isLast || (value.Summary is not null && value.Epoch % Math.Max(1, value.Epochs / LinesInAFile) == 0))
            {
                Console.WriteLine(Describe(value));
            }
        }
        else if (isLast || _sinceLast.Elapsed > Interval)
        {
            _sinceLast.Restart();
            int filled = (int)(Width * value.Step / value.Steps);
            Console.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {Describe(value)}  ");
        }
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (!_isFile)
        {
            Console.WriteLine();
        }
    }

    private static string Describe(LevitTrainingProgress value) =>
        $"epoch {value.Epoch}/{value.Epochs}  loss {value.Loss:f3}  accuracy {value.Accuracy:p1}  {value.ImagesPerSecond:f0} images/s  " +
        $"{value.Elapsed:mm\\:ss} of {value.Elapsed + value.Remaining:mm\\:ss}";
}
