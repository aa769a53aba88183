using System.Diagnostics;
using System.Globalization;
using MLNetVision.Models.Training.Segmentation;

namespace QuickStart;

/// <summary>Shows a training as a bar on one line of a console; where the output goes to a file, as ten lines.</summary>
internal sealed class ProgressBar
{
    private const int Width = 30;
    private const int LinesInAFile = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private readonly bool _isFile = Console.IsOutputRedirected;
    private double _score = double.NaN;

    public void Report(SegmentationTrainingProgress step)
    {
        _score = step.Score ?? _score;
        bool isLast = step.Step == step.Steps;
        if (_isFile)
        {
            if (isLast || step.Step % Math.Max(1, step.Steps / LinesInAFile) == 0)
            {
                Console.WriteLine(Describe(step));
            }

            return;
        }

        if (isLast || _sinceLast.Elapsed > Interval)
        {
            _sinceLast.Restart();
            int filled = (int)(Width * step.Step / step.Steps);
            Console.Write($"\r[{new string('#', filled)}{new string('.', Width - filled)}] {Describe(step)}  {(isLast ? "\n" : "")}");
        }
    }

    private string Describe(SegmentationTrainingProgress step) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {step.Step}/{step.Steps}  loss {step.Loss:f1}{(double.IsNaN(_score) ? "" : $"  PQ {_score:f3}")}  {step.ImagesPerSecond:f0} pictures/s  {step.Elapsed:mm\\:ss} of {step.Elapsed + step.Remaining:mm\\:ss}");
}
