using System.Diagnostics;
using System.Globalization;
using MLNetVision.Models.Training.Segmentation;

namespace PretrainScenes;

/// <summary>Writes what happens to the console and to a file.</summary>
internal sealed class TrainingLog : IDisposable
{
    private const int StepsPerLine = 100;
    private readonly StreamWriter _file;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public TrainingLog(string folder)
    {
        Directory.CreateDirectory(folder);
        _file = File.AppendText(Path.Combine(folder, "training.log"));
        _file.AutoFlush = true;
    }

    public void Write(FormattableString text)
    {
        string line = $"{_watch.Elapsed:hh\\:mm\\:ss}  {text.ToString(CultureInfo.InvariantCulture)}";
        Console.WriteLine(line);
        _file.WriteLine(line);
    }

    public void Report(SegmentationTrainingProgress step)
    {
        if (step.Score is { } score)
        {
            Write($"step {step.Step}/{step.Steps}  PQ {score:f3}");
        }
        else if (step.Step % StepsPerLine == 0)
        {
            Write($"step {step.Step}/{step.Steps}  loss {step.Loss:f2} (class {step.Losses.Class:f3}, mask {step.Losses.Mask:f3}, dice {step.Losses.Dice:f3})  norm {step.GradientNorm:f2}  {step.ImagesPerSecond:f1} images/s");
        }
    }

    public void Dispose() => _file.Dispose();
}
