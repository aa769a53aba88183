using System.Globalization;
using MLNetVision.Cli.Shell;
using MLNetVision.Models.Training.Classification;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.Segmentation;
using MLNetVision.Projects.Runs;
using Spectre.Console;

namespace MLNetVision.Cli.Train;

/// <summary>
/// Shows how a training goes: on a terminal a bar below a line for each measurement; elsewhere nothing, since the lines of the log go there.
/// </summary>
internal sealed class TrainingDisplay : IProgress<ProjectTrainingProgress>, IDisposable
{
    private readonly Reporter _reporter;
    private readonly IAnsiConsole? _console;
    private readonly ManualResetEventSlim _ended = new();
    private Thread? _drawing;
    private volatile ProgressTask? _bar;
    private double? _best;

    private TrainingDisplay(Reporter reporter, IAnsiConsole? console) => (_reporter, _console) = (reporter, console);

    public static TrainingDisplay Begin(Reporter reporter) => new(
        reporter, reporter.IsTerminal ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }) : null);

    public void Report(ProjectTrainingProgress value)
    {
        if (_console is null)
        {
            return;
        }

        switch (value.Phase)
        {
            case ProjectTrainingPhase.Planned:
                Draw();
                break;
            case ProjectTrainingPhase.Training:
                Show(value.Step!, value.Score, value.Plan);
                break;
            default:
                EndBar();
                _reporter.Information(value.Phase == ProjectTrainingPhase.Writing ? "Writing the model …" : "Evaluating the model …");
                break;
        }
    }

    public void Dispose()
    {
        EndBar();
        _ended.Dispose();
    }

    // Spectre draws while its callback runs, and the training has the caller's thread.
    private void Draw()
    {
        using var begun = new ManualResetEventSlim();
        _drawing = new Thread(() => _console!.Progress().AutoClear(true).Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }).Start(context =>
        {
            _bar = context.AddTask("begins");
            begun.Set();
            _ended.Wait();
        }))
        { IsBackground = true };
        _drawing.Start();
        begun.Wait();
        _reporter.DrawLines(line => _console!.WriteLine(line));
    }

    private void EndBar()
    {
        _ended.Set();
        _drawing?.Join();
        _drawing = null;
        _reporter.DrawLines(null);
    }

    private void Show(TrainingProgress step, double? score, ProjectTrainingPlan plan)
    {
        double done = plan.TrainTime is { } limit ? Math.Max(step.Step / (double)step.Steps, step.Elapsed.TotalSeconds / limit) : step.Step / (double)step.Steps;
        string at = step switch
        {
            LevitTrainingProgress levit => $"epoch {levit.Epoch}/{levit.Epochs}",
            SegmentationTrainingProgress scenes => $"step {scenes.Step}/{scenes.Steps}",
            _ => string.Empty,
        };
        if (score is { } measured)
        {
            _best = _best is { } best ? Math.Max(best, measured) : measured;
            _reporter.Information(Invariant($"{at}: loss {step.Loss:f4}, {plan.Metric} {measured:f4}, best {_best:f4}, learning rate {step.LearningRate:g3}, {step.ImagesPerSecond:f1} pictures/s, {Time(step.Remaining)} left"));
        }

        if (_bar is { } bar)
        {
            bar.Value = 100 * Math.Min(1, done);
            bar.Description = Markup.Escape(Invariant($"{at}  loss {step.Loss:f3}{(_best is { } top ? $"  best {top:f3}" : string.Empty)}  {step.ImagesPerSecond:f0}/s  {Time(step.Remaining)} left"));
        }
    }

    private static string Time(TimeSpan time) => time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
