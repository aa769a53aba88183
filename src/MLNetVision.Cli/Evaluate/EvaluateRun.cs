using System.Diagnostics;
using System.Text.Json;
using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Evaluations;
using MLNetVision.Imaging.Metrics.Classification;
using MLNetVision.Imaging.Metrics.Thresholds;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines.Evaluations;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Evaluate;

/// <summary>Does what evaluate and report ask.</summary>
internal sealed class EvaluateRun(EvaluateArguments arguments, CommandContext context)
{
    private static readonly string[] EvaluationFiles = ["metrics.json", "per_class.csv", "thresholds.csv", "worst.csv", "report.html"];

    private readonly Problems _problems = new(context.Reporter);
    private IReadOnlyDictionary<string, long> _unknown = new Dictionary<string, long>();

    public static async Task<int> RunAsync(EvaluateArguments arguments, CommandContext context)
    {
        if (arguments.Contradiction() is { } contradiction)
        {
            throw new CommandException(ExitCode.Usage, contradiction);
        }

        if (!Path.Exists(arguments.Dataset))
        {
            throw new CommandException(ExitCode.Data, $"There is no file or folder '{Path.GetFullPath(arguments.Dataset)}'.");
        }

        if (arguments.Output is { } folder)
        {
            OutputFolders.Check(folder);
            if (EvaluationFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists) is { } taken)
            {
                throw new CommandException(ExitCode.Usage, $"'{Path.GetFullPath(taken)}' is a folder, where a file is to be written. Name another place with --output.");
            }

            RefuseOthers(Path.Combine(folder, "report.html"), [.. EvaluationFiles.Where(name => File.Exists(Path.Combine(folder, name)))]);
        }

        if (arguments.Report is { } file)
        {
            OutputFolders.CheckFile(file);
            RefuseOthers(file, File.Exists(file) ? [Path.GetFileName(file)] : []);
        }

        if (arguments.Predictions is { } predictions)
        {
            return new EvaluateRun(arguments, context).Run(predictions);
        }

        using PicturePredictor predictor = await ModelLoading.LoadAsync(arguments.Model, context).ConfigureAwait(false);
        return new EvaluateRun(arguments, context).Run(predictor);
    }

    // What lies there may be written over where it is of an earlier evaluation, which always has a page of ours.
    private static void RefuseOthers(string report, string[] present)
    {
        if (present.Length > 0 && !IsPage(report))
        {
            throw new CommandException(ExitCode.Usage, $"'{Path.Combine(Path.GetDirectoryName(Path.GetFullPath(report))!, present[0])}' exists and is of no earlier evaluation: it is not written over. Name another place with --output.");
        }
    }

    private static bool IsPage(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var reader = new StreamReader(file);
        var begin = new char[4000];
        return new string(begin, 0, reader.ReadBlock(begin)).Contains("content=\"MLNetVision\"", StringComparison.Ordinal);
    }

    private int Run(PicturePredictor predictor) => predictor.Classifier is not null
        ? Classify(options => predictor.EvaluateClassification(arguments.Dataset, options, context.Cancellation))
        : Segment((task, options) => predictor.EvaluateSegmentation(arguments.Dataset, task, options, context.Cancellation));

    private int Run(string file)
    {
        if (!File.Exists(file))
        {
            throw new CommandException(ExitCode.Data, $"There is no file '{Path.GetFullPath(file)}' (--predictions).");
        }

        using PredictionFile predictions = PredictionFile.Open(file, Note);
        return predictions.HasSegments
            ? Segment((task, options) => predictions.EvaluateSegmentation(arguments.Dataset, task, options, context.Cancellation))
            : Classify(options => predictions.EvaluateClassification(arguments.Dataset, options, context.Cancellation));
    }

    private PictureEvaluationOptions Options() => new()
    {
        Split = arguments.Split,
        ImageFolder = arguments.Images,
        MaskClasses = arguments.Classes.Count > 0 ? arguments.Classes : null,
        Masks = new SemanticMaskOptions { FirstIndex = arguments.FirstValue },
        BatchSize = arguments.Batch,
        Files = new EvaluationOptions { WorstPictures = arguments.Worst, Title = arguments.Title },
        ProblemFound = Note,
        UnknownClassesFound = (counts, text) =>
        {
            _unknown = counts;
            context.Reporter.Warning(text);
        },
    };

    private int Classify(Func<PictureEvaluationOptions, ClassificationEvaluation> evaluate)
    {
        var watch = Stopwatch.StartNew();
        if (arguments.Task is not null || arguments.ScoreThreshold is not null || arguments.ThingClasses.Count > 0 || arguments.Classes.Count > 0 || arguments.Images is not null)
        {
            throw new CommandException(ExitCode.Usage, "These are classes of whole pictures, not segments: --task, --score-threshold, --thing-classes, --classes and --images are for networks that segment.");
        }

        ClassificationEvaluation evaluation = evaluate(Options());
        ClassificationMetrics metrics = arguments.Output is { } folder ? evaluation.Save(folder) : arguments.Report is { } file ? evaluation.SaveReport(file) : evaluation.Compute();
        return Finish("classification", metrics.PictureCount, metrics.UnreadableCount, metrics.ToString(), metrics.ToJson(), metrics.Thresholds, "where a class is asked for by itself", watch);
    }

    private int Segment(Func<SegmentationTask?, PictureEvaluationOptions, SegmentationEvaluation> evaluate)
    {
        var watch = Stopwatch.StartNew();
        SegmentationTask? task = arguments.Task switch { "semantic" => SegmentationTask.Semantic, "instance" => SegmentationTask.Instance, "panoptic" => SegmentationTask.Panoptic, _ => null };
        PictureEvaluationOptions options = Options() with { ThingClasses = arguments.ThingClasses.Count > 0 ? arguments.ThingClasses : null, ScoreThreshold = arguments.ScoreThreshold };
        SegmentationEvaluation evaluation = evaluate(task, options);
        SegmentationFigures figures = arguments.Output is { } folder ? evaluation.Save(folder) : arguments.Report is { } file ? evaluation.SaveReport(file) : evaluation.Compute();
        return Finish(
            figures.Task.ToString().ToLowerInvariant(), figures.ImageCount, figures.MissedCount, figures.ToString(), figures.ToJson(), figures.Thresholds, "where a mask is right from an overlap of a half on", watch);
    }

    private int Finish(string task, long pictures, long missed, string table, string json, ThresholdCurves? thresholds, string where, Stopwatch watch)
    {
        string? output = arguments.Output ?? arguments.Report;
        if (context.WantsJson)
        {
            context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteNumber("exitCode", ExitCode.Success);
                writer.WriteString(arguments.Predictions is null ? "model" : "predictions", arguments.Predictions ?? arguments.Model.Model);
                writer.WriteString("dataset", arguments.Dataset);
                writer.WriteString("task", task);
                writer.WriteNumber("pictures", pictures);
                writer.WriteNumber("missed", missed);
                writer.WriteCounts("unknownClasses", _unknown.Select(item => (item.Key, item.Value)));
                writer.WriteNumber("seconds", Math.Round(watch.Elapsed.TotalSeconds, 3));
                writer.WriteString("output", output);
                writer.WritePropertyName("metrics");
                using JsonDocument metrics = JsonDocument.Parse(json);
                metrics.RootElement.WriteTo(writer);
            });
        }
        else
        {
            context.Output.WriteLine(table.TrimEnd());
            if (thresholds is not null && double.IsFinite(thresholds.RecommendedThreshold))
            {
                context.Output.WriteLine();
                context.Output.WriteLine(FormattableString.Invariant($"A score threshold of {thresholds.RecommendedThreshold:0.00} gives the highest mean F1, {thresholds.Mean.BestF1:0.000}, {where}."));
            }
        }

        string unread = missed == 0 ? string.Empty : $", {missed} without a prediction count as missed";
        context.Reporter.Information(FormattableString.Invariant($"{pictures} pictures{unread}, {watch.Elapsed.TotalSeconds:f2} s{(output is null ? string.Empty : $" -> {output}")}"));
        return ExitCode.Success;
    }

    private void Note(string problem)
    {
        _problems.Add(problem);
        if (_problems.Count > arguments.MaxErrors)
        {
            throw new CommandException(ExitCode.Data, $"{_problems.Count} problems, more than --max-errors {arguments.MaxErrors}. The last: {problem}");
        }
    }
}
