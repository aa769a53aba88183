using System.Text.Json;
using MLNetVision.Cli.Shell;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Engine;
using MLNetVision.Models.Training.History;
using MLNetVision.Projects;
using MLNetVision.Projects.Runs;
using MLNetVision.Training;
using Spectre.Console;
using TorchSharp;

namespace MLNetVision.Cli.Train;

/// <summary>Does what a training verb asks.</summary>
internal static class TrainRun
{
    private const int ClassesShown = 5;

    public static async Task<int> RunAsync(TrainArguments arguments, CommandContext context)
    {
        if (arguments.Contradiction() is { } contradiction)
        {
            throw new CommandException(ExitCode.Usage, contradiction);
        }

        TrainingProject project = TrainProject.Open(arguments);
        CheckMachine(arguments, project, context);
        if (project.Vision.Model?.Checkpoint is { } start)
        {
            await ModelLoading.CheckStartAsync(start, project, context).ConfigureAwait(false);
        }

        try
        {
            return arguments.DryRun ? Plan(project, context) : Run(project, arguments, context);
        }
        catch (NotFiniteNumberException e)
        {
            throw new CommandException(ExitCode.Usage, $"The training diverged: {e.Message} With this command: a smaller --learning-rate.", e);
        }
        catch (InvalidDataException e) when (arguments.Freeze is not null && e.Message.StartsWith("Training.Freeze of ", StringComparison.Ordinal))
        {
            throw new CommandException(ExitCode.Usage, $"--freeze{e.Message[e.Message.IndexOf(" is '", StringComparison.Ordinal)..]}", e);
        }
        catch (InvalidOperationException e)
        {
            // What can be wrong with the machine was looked at before: it is the run to go on with, or the data.
            throw new CommandException(arguments.Resume ? ExitCode.Usage : ExitCode.Data, arguments.Resume ? SettingNames.InWordsOfOptions(e.Message) : e.Message, e);
        }
    }

    private static void CheckMachine(TrainArguments arguments, TrainingProject project, CommandContext context)
    {
        LibTorchOption.Choose(arguments.LibTorch);
        try
        {
            TorchLibrary.EnsureLoaded();
        }
        catch (DllNotFoundException e)
        {
            string message = $"Training needs libtorch 2.10, and {(TorchLibrary.Folder is { } named ? $"the one in '{named}' cannot be loaded" : "this command brings none")}. Once a project has restored the NuGet package it is found: "
                + $"dotnet new console -o libtorch && dotnet add libtorch package libtorch-cpu-linux-x64 --version 2.10.0 (on Windows -win-x64, on a Mac -osx-arm64). Or name a folder with it by --libtorch FOLDER or by the variable "
                + $"{TorchLibrary.FolderVariable}: torch/lib of a Python installation (pip install torch==2.10); for GPUs that of CUDA. 'mlnetvision doctor' then says whether it computes. ({e.Message.Split(". ", 2)[0]})";
            if (!arguments.DryRun)
            {
                throw new CommandException(ExitCode.Failure, message, e);
            }

            context.Reporter.Warning(message);
            return;
        }

        string device = arguments.Device ?? project.Vision.Device ?? (project.Environment == "LocalGPU" ? "cuda" : "auto");
        if (DeviceName.TryParse(device) is { Gpu: { } gpu, MayFallBack: false } && (!torch.cuda.is_available() || gpu >= torch.cuda.device_count()))
        {
            throw new CommandException(ExitCode.Device, $"The device {device} cannot be used on this machine, which has {(torch.cuda.is_available() ? $"{torch.cuda.device_count()} GPU(s)" : "no GPU that this libtorch can use")}; 'mlnetvision doctor' says more, and --device auto takes the CPU then.");
        }
    }

    private static int Plan(TrainingProject project, CommandContext context)
    {
        ProjectTrainingPlan plan = ProjectTraining.Resolve(project, new ProjectTrainingOptions { Log = context.Reporter.Detail, Warning = context.Reporter.Warning }, context.Cancellation);
        string command = EquivalentCommand.Of(project, plan);
        if (context.WantsJson)
        {
            context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteNumber("exitCode", ExitCode.Success);
                Write(writer, plan, command);
            });
            return ExitCode.Success;
        }

        context.Output.WriteLine($"{plan}\n\nIn full: {command}\nNothing was trained (--dry-run).");
        return ExitCode.Success;
    }

    private static int Run(TrainingProject project, TrainArguments arguments, CommandContext context)
    {
        Reporter reporter = context.Reporter;
        string? command = null;
        TrainingStart? start = null;
        var options = new ProjectTrainingOptions
        {
            Resume = arguments.Resume,
            WritesCode = !arguments.NoCode,
            Command = plan =>
            {
                command = EquivalentCommand.Of(project, plan);
                start = plan.Start;
                reporter.Information($"{plan}\n\nIn full: {command}\n");
                return command;
            },
            Log = line =>
            {
                // What the block above says already, and of a terminal what is drawn.
                bool isKnown = reporter.IsTerminal || line.StartsWith("The training starts from ", StringComparison.Ordinal);
                (isKnown ? (Action<string>)reporter.Log : reporter.Information)(line);
            },
            Warning = line => reporter.Warning(start is not null && line == start.Advice ? Advice(start) : line),
        };
        ProjectTrainingResult result;
        using (var display = TrainingDisplay.Begin(reporter))
        {
            result = ProjectTraining.Run(project, options, display, context.Cancellation);
        }

        int code = result.Outcome == TrainingOutcome.Cancelled ? ExitCode.Cancelled : ExitCode.Success;
        if (context.WantsJson)
        {
            context.WriteJson(writer => Write(writer, result, command!, code));
        }
        else
        {
            Show(result, context.Output);
        }

        return code;
    }

    // The library's advice is for programmers.
    private static string Advice(TrainingStart start) =>
        $"The training starts from {start.Name}, since {start.Reason.Split(" (")[0]}. A network that knows photos learns more of fewer of them: --checkpoint names one, and where the hub can be reached a published one is taken.";

    private static void Show(ProjectTrainingResult result, TextWriter output)
    {
        string outcome = result.Outcome switch
        {
            TrainingOutcome.Completed => "completed",
            TrainingOutcome.StoppedEarly => "ended early, since it became no better",
            TrainingOutcome.TimeUp => "ended when its time was used",
            _ => "cancelled; the best state so far was kept, and --resume goes on",
        };
        TrainingPoint? best = result.Record.Best;
        string kept = best is null ? "the last state" : FormattableString.Invariant($"{(result.Plan.Steps is { } steps ? $"the state after step {best.Step} of {steps}" : $"epoch {best.Epoch:0.##}")}{(best.Score is { } score ? $", {result.Record.Metric} {score:0.0000} on the validation pictures" : string.Empty)}");
        (string Name, string Text)[] rows =
        [
            ("Training", outcome),
            ("Kept", kept),
            .. result.Figures.Where(_ => result.EvaluatedOn is not null && !IsOfFolds(result)).Select((figure, i) => (i == 0 ? $"On the {result.EvaluatedOn} pictures" : string.Empty, FormattableString.Invariant($"{figure.Key} {figure.Value:0.0000}"))),
            .. FoldRows(result),
            .. result.UnknownClasses.Count == 0 ? [] : ((string, string)[])[("Unknown classes", $"{string.Join(", ", result.UnknownClasses.Take(ClassesShown).Select(item => $"{item.Key} ({item.Value})"))}{(result.UnknownClasses.Count > ClassesShown ? $" and {result.UnknownClasses.Count - ClassesShown} more" : string.Empty)}: count as wrong")],
            ("Time", FormattableString.Invariant($"{result.Record.Seconds:0.0} s of training, {result.Seconds:0.0} s in all")),
        ];
        WriteBox(output, "Experiment Results", rows);
        output.WriteLine($"Generated trained model: {result.ModelFile}");
        if (result.CodeFiles.Count > 0)
        {
            output.WriteLine($"Generated C# code: {string.Join(", ", result.CodeFiles)}");
        }

        output.WriteLine($"Project: {result.ProjectFile}");
        output.WriteLine($"Checkpoint: {result.CheckpointFolder}");
        if (result.ReportFile is { } report)
        {
            output.WriteLine($"Report: {report}");
        }

        output.WriteLine($"Run: {result.RunFolder}");
        output.WriteLine($"Log file: {result.LogFile}");
    }

    private static bool IsOfFolds(ProjectTrainingResult result) => result.EvaluatedOn == "held-out";

    // Mean and standard deviation.
    private static IEnumerable<(string Name, string Text)> FoldRows(ProjectTrainingResult result) => result.FoldFigures.Count == 0 ? []
        : result.FoldFigures[0].Keys.Select((name, i) =>
        {
            double[] values = [.. result.FoldFigures.Select(fold => fold[name])];
            double mean = values.Average();
            return (i == 0 ? $"{values.Length} folds" : string.Empty, FormattableString.Invariant($"{name} {mean:0.0000} ± {Math.Sqrt(values.Sum(value => Math.Pow(value - mean, 2)) / (values.Length - 1)):0.0000}"));
        });

    private static void WriteBox(TextWriter output, string title, (string Name, string Text)[] rows)
    {
        int width = rows.Max(row => row.Name.Length), inner = Math.Max(title.Length, rows.Max(row => width + 3 + row.Text.Length)) + 2;
        string line = new('-', inner);
        output.WriteLine($"+{line}+\n|{$" {title}".PadRight(inner)}|\n+{line}+");
        foreach ((string name, string text) in rows)
        {
            output.WriteLine($"|{$" {name.PadRight(width)}   {text}".PadRight(inner)}|");
        }

        output.WriteLine($"+{line}+");
    }

    private static void Write(Utf8JsonWriter writer, ProjectTrainingPlan plan, string command)
    {
        writer.WriteString("command", command);
        writer.WriteString("task", plan.Task);
        writer.WriteString("format", plan.Format);
        writer.WriteTexts("classes", plan.ClassNames);
        writer.WriteCounts("pictures", plan.Data.Sets.Select(set => (set.Name, set.RowCount)));
        writer.WriteString("start", plan.Start.ToString());
        writer.WriteString("device", plan.Device);
    }

    private static void Write(Utf8JsonWriter writer, ProjectTrainingResult result, string command, int code)
    {
        writer.WriteBoolean("ok", code == ExitCode.Success);
        writer.WriteNumber("exitCode", code);
        Write(writer, result.Plan, command);
        writer.WriteString("outcome", $"{result.Outcome}");
        writer.WriteString("evaluatedOn", result.EvaluatedOn);
        writer.WritePropertyName("figures");
        Write(writer, result.Figures);
        if (result.FoldFigures.Count > 0)
        {
            writer.WriteStartArray("folds");
            result.FoldFigures.ToList().ForEach(fold => Write(writer, fold));
            writer.WriteEndArray();
        }

        writer.WriteCounts("unknownClasses", result.UnknownClasses.Select(item => (item.Key, item.Value)));
        writer.WriteString("model", result.ModelFile);
        writer.WriteString("project", result.ProjectFile);
        writer.WriteString("checkpoint", result.CheckpointFolder);
        writer.WriteTexts("code", result.CodeFiles);
        writer.WriteString("run", result.RunFolder);
        writer.WriteString("report", result.ReportFile);
        writer.WriteString("log", result.LogFile);
        writer.WriteNumber("trainingSeconds", Math.Round(result.Record.Seconds, 3));
        writer.WriteNumber("seconds", Math.Round(result.Seconds, 3));
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, double> figures)
    {
        writer.WriteStartObject();
        foreach ((string name, double value) in figures.Where(figure => double.IsFinite(figure.Value)))
        {
            writer.WriteNumber(name, value);
        }

        writer.WriteEndObject();
    }
}
