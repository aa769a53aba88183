using System.Collections.Concurrent;
using System.Diagnostics;
using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Segments;
using MLNetVision.Imaging.Segments.Tiles;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Predict;

/// <summary>Does what predict asks.</summary>
internal sealed class PredictRun : IDisposable
{
    private const string LinesOfMasks = "predictions.jsonl";

    private readonly PredictArguments _arguments;
    private readonly CommandContext _context;
    private readonly PicturePredictor _predictor;
    private readonly SegmentationOptions? _segmentation;
    private readonly SegmentFiles? _files;
    private readonly FileNames _names = new();
    private readonly Problems _failed;
    private int _answered, _kept;

    private PredictRun(PredictArguments arguments, CommandContext context, PicturePredictor predictor)
    {
        (_arguments, _context, _predictor, _failed) = (arguments, context, predictor, new Problems(context.Reporter));
        if (predictor.Segmenter is { } segmenter)
        {
            SegmentationOptions own = segmenter.DefaultOptions;
            _segmentation = own with
            {
                Task = arguments.Task switch { "semantic" => SegmentationTask.Semantic, "instance" => SegmentationTask.Instance, "panoptic" => SegmentationTask.Panoptic, _ => own.Task },
                Threshold = arguments.ScoreThreshold ?? own.Threshold,
                ThingClasses = arguments.ThingClasses.Count > 0 ? arguments.ThingClasses : own.ThingClasses,
            };
            _files = new SegmentFiles(arguments, segmenter, _segmentation.Task);
        }
    }

    public static async Task<int> RunAsync(PredictArguments arguments, CommandContext context)
    {
        if (arguments.Contradiction(context.WantsJson) is { } contradiction)
        {
            throw new CommandException(ExitCode.Usage, contradiction);
        }

        CheckPlaces(arguments);

        IEnumerable<PictureRequest> requests = PictureSources.Open(arguments.Sources);
        using PicturePredictor predictor = await ModelLoading.LoadAsync(arguments.Model, context).ConfigureAwait(false);
        if (predictor.Classifier is not null && arguments.AsksForSegments)
        {
            throw new CommandException(ExitCode.Usage, "The network classifies pictures and has no segments: --task, --score-threshold, --thing-classes, --tile, --overlays, --crops and the formats coco, coco-panoptic and masks are for networks that segment.");
        }

        using var run = new PredictRun(arguments, context, predictor);
        return run.Run(requests);
    }

    public void Dispose() => _predictor.Dispose();

    // Before the network is loaded.
    private static void CheckPlaces(PredictArguments arguments)
    {
        if (arguments.Output is { } output && arguments.Format != "masks")
        {
            OutputFolders.CheckFile(output);
            EarlierPredictions.RefuseOthers(output, arguments);
        }
        else if (arguments.Output is { } folder && File.Exists(Path.Combine(folder, LinesOfMasks)))
        {
            EarlierPredictions.RefuseOthers(Path.Combine(folder, LinesOfMasks), arguments);
        }

        string? folderOfMasks = arguments.Format switch { "masks" => arguments.Output, "coco-panoptic" => Path.ChangeExtension(arguments.Output!, null), _ => null };
        foreach (string? place in (string?[])[folderOfMasks, arguments.Overlays, arguments.Crops])
        {
            if (place is not null)
            {
                OutputFolders.Check(place);
            }
        }
    }

    private int Run(IEnumerable<PictureRequest> requests)
    {
        var watch = Stopwatch.StartNew();
        var lines = new PredictionLines(_predictor.ClassNames, _arguments.TopK, _predictor.Segmenter is not null);
        string? output = _arguments.Output;
        switch (_arguments.Format)
        {
            case "coco":
                PredictionCocoFile.SaveInstances(Counted(Predict(requests)), _predictor.ClassNames, output!);
                break;
            case "coco-panoptic":
                PredictionCocoFile.SavePanoptic(Counted(Predict(requests)), _predictor.ClassNames, output!, Path.ChangeExtension(output!, null), _segmentation!.ThingClasses);
                break;
            case "masks":
                Directory.CreateDirectory(output!);
                WriteFile(requests, lines, Path.Combine(output!, LinesOfMasks));
                break;
            default:
                if (output is null)
                {
                    Write(requests, lines, _context.Output, null);
                }
                else
                {
                    WriteFile(requests, lines, output);
                }

                break;
        }

        return Finish(watch.Elapsed.TotalSeconds);
    }

    // Beside its place, and moved there when all is done: a file of this name is always whole.
    private void WriteFile(IEnumerable<PictureRequest> requests, PredictionLines lines, string path)
    {
        if (new FileInfo(path) is { LinkTarget: not null } link)
        {
            path = link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path; // the link stays
        }

        string part = path + ".part";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string before = part + ".before";
        if (_arguments.SkipExisting && File.Exists(part))
        {
            File.Move(part, before, overwrite: true);
        }

        using (ExistingLines? existing = _arguments.SkipExisting ? new ExistingLines(path, before) : null)
        using (var writer = new StreamWriter(part))
        {
            Write(requests, lines, writer, existing);
        }

        File.Move(part, path, overwrite: true);
        File.Delete(before);
    }

    private void Write(IEnumerable<PictureRequest> requests, PredictionLines lines, TextWriter writer, ExistingLines? existing)
    {
        bool isCsv = _arguments.Format == "csv";
        if (isCsv)
        {
            writer.WriteLine(lines.CsvHeader);
        }

        // Every request in order, with the answer that is already there.
        var order = new ConcurrentQueue<(PictureRequest Request, bool IsKept)>();
        IEnumerable<PictureRequest> asked = requests.Where(request =>
        {
            bool isKept = existing is not null && request.Problem is null && existing.Contains(request.Image);
            order.Enqueue((request, isKept));
            return !isKept;
        });
        foreach (PicturePrediction prediction in Predict(asked))
        {
            Keep();
            order.TryDequeue(out _);
            Note(prediction);
            foreach (string line in isCsv ? lines.ToCsv(prediction) : [lines.ToJson(prediction)])
            {
                writer.WriteLine(line);
            }

            writer.Flush();
        }

        Keep();

        void Keep()
        {
            while (order.TryPeek(out (PictureRequest Request, bool IsKept) next) && next.IsKept)
            {
                order.TryDequeue(out _);
                _names.Next(next.Request);
                _kept++;
                writer.WriteLine(existing!.Find(next.Request.Image));
            }
        }
    }

    private IEnumerable<PicturePrediction> Counted(IEnumerable<PicturePrediction> predictions) => predictions.Select(prediction =>
    {
        Note(prediction);
        return prediction;
    });

    private IEnumerable<PicturePrediction> Predict(IEnumerable<PictureRequest> requests)
    {
        PictureTiles? tiles = _arguments.Tile is { } size ? new PictureTiles(size.Width, size.Height, _arguments.Overlap ?? Math.Min(size.Width, size.Height) / 8) : null;
        return _predictor.Predict(requests, _arguments.Batch, _segmentation, tiles, _context.Cancellation);
    }

    private void Note(PicturePrediction prediction)
    {
        string name = _names.Next(prediction.Request);
        if (prediction.Problem is null)
        {
            _answered++;
            _files?.Write(prediction, name);
            return;
        }

        string message = prediction.Problem.Contains(prediction.Request.Image, StringComparison.Ordinal) ? prediction.Problem : $"{prediction.Request.Image}: {prediction.Problem}";
        _failed.Add(message);
        if (_failed.Count > _arguments.MaxErrors)
        {
            throw new CommandException(ExitCode.Data, $"{_failed.Count} pictures could not be read, more than --max-errors {_arguments.MaxErrors}. The last: {message}");
        }
    }

    private int Finish(double seconds)
    {
        int all = _answered + _failed.Count;
        string failed = _failed.Count == 0 ? string.Empty : $", {_failed.Count} could not be read";
        string kept = _kept == 0 ? string.Empty : $", {_kept} kept from before";
        _context.Reporter.Information($"{all} picture{(all == 1 ? string.Empty : "s")}{failed}{kept}, {seconds:f2} s{(all > 1 ? $", {all / seconds:f1} a second" : string.Empty)}{(_arguments.Output is { } output ? $" -> {output}" : string.Empty)}");
        int code = _failed.Count > 0 && _answered + _kept == 0 ? ExitCode.Data : ExitCode.Success;
        if (_context.WantsJson)
        {
            _context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", code == ExitCode.Success);
                writer.WriteNumber("exitCode", code);
                writer.WriteString("model", _arguments.Model.Model);
                writer.WriteString("output", _arguments.Output);
                writer.WriteNumber("answered", _answered);
                writer.WriteNumber("kept", _kept);
                writer.WriteNumber("failed", _failed.Count);
                writer.WriteNumber("seconds", Math.Round(seconds, 3));
            });
        }

        return code;
    }
}
