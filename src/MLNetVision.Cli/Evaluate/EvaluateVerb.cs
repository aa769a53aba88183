using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Evaluate;

/// <summary>The verbs evaluate and report, which differ in what they write.</summary>
internal static class EvaluateVerb
{
    public static Verb CreateEvaluate() => new(
        "evaluate", "Measures a model, or saved predictions, on labelled pictures: figures as a table, and on request a folder of tables, curves and pictures.",
        [
            "mlnetvision evaluate --model Digits.mlnet --dataset digits/test --output digits-evaluation",
            "mlnetvision evaluate --model scenes/checkpoint --dataset test/panoptic.json --json",
            "mlnetvision evaluate --predictions found.jsonl --dataset test/panoptic.json --task panoptic",
            "mlnetvision evaluate --model scenes/checkpoint --dataset test/masks --images test/pictures --classes road,car --task semantic",
        ],
        command => Configure(command, isReport: false));

    public static Verb CreateReport() => new(
        "report", "Writes one HTML file about a model, or saved predictions, on labelled pictures: figures, curves, and the worst pictures first.",
        [
            "mlnetvision report --model Digits.mlnet --dataset digits/test --output digits.html",
            "mlnetvision report --predictions answers.jsonl --dataset digits/test --output digits.html",
        ],
        command => Configure(command, isReport: true));

    private static VerbAction Configure(Command command, bool isReport)
    {
        var model = new ModelOptions(required: false);
        var predictions = new Option<string?>("--predictions", "-p")
        {
            Description = "Instead of a network the file that predict wrote: JSON lines (of classes best with --top-k for all of them), CSV of classes, or COCO. Pictures are matched by their paths.",
            HelpName = "FILE",
        };
        var dataset = new Option<string>("--dataset", "-d")
        {
            Description = "Of a network that classifies a folder with a subfolder of pictures for each label, or a CSV list of paths and labels; of one that segments a COCO, VoTT or labelme file, YOLO's data.yaml, Pascal VOC's folder, or a folder of label maps with --classes.",
            HelpName = "DATA",
            Required = true,
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = isReport ? "The HTML file to write." : "The folder of the files: metrics.json, per_class.csv, confusion matrices, curves, thresholds.csv, worst.csv, mosaics, report.html. Default: none are written.",
            HelpName = isReport ? "FILE" : "FOLDER",
            Required = isReport,
        };
        var split = new Option<string?>("--split") { Description = "The part of data that are divided. Default: test, else the validation data.", HelpName = "PART" };
        var images = new Option<string?>("--images") { Description = "The folder of the pictures. Default: looked for beside the annotations.", HelpName = "FOLDER" };
        var classes = new Option<string[]>("--classes") { Description = "The classes of a folder of label maps in the order of their values, or @FILE with one on each line.", HelpName = "NAMES", AllowMultipleArgumentsPerToken = true };
        Option<int> first = NumberOptions.AtLeast(0, 0, "--first-value", "The value of the first class in label maps; with 1, the value 0 has no class.", most: 255);
        Option<string?> task = new Option<string?>("--task") { Description = "What is evaluated of a network that segments: semantic, instance or panoptic. Default: what the model file says, else panoptic; of saved predictions what the data are of.", HelpName = "TASK" }
            .Among("semantic", "instance", "panoptic");
        var things = new Option<string[]>("--thing-classes") { Description = "The classes with separate objects. Default: what the model file says, else the data.", HelpName = "NAMES", AllowMultipleArgumentsPerToken = true };
        Option<double?> threshold = NumberOptions.Share("--score-threshold", "The smallest score of a segment, 0 to 1. Default: 0 of instances, as average precision asks for; else what the model file says, or 0.5.");
        Option<int> batch = NumberOptions.AtLeast(1, 32, "--batch", "The most pictures that are classified at once.", most: 65536);
        Option<int?> maxErrors = NumberOptions.Optional(0, "--max-errors", "Stop with exit code 3 when more pictures than this cannot be read. Default: any number may be, and count as missed.");
        Option<int?> worst = NumberOptions.Optional(0, "--worst", "How many of the worst pictures are listed and shown. Default: 24 of a classification, 12 of a segmentation.", most: 100_000);
        var title = new Option<string?>("--title") { Description = "The heading of the report.", HelpName = "TEXT" };

        model.AddTo(command);
        foreach (Option option in (Option[])[predictions, dataset, output, split, images, classes, first, task, things, threshold, batch, maxErrors, worst, title])
        {
            command.Options.Add(option);
        }

        return (parsed, context) =>
        {
            string? place = parsed.GetValue(output);
            var arguments = new EvaluateArguments(model.Of(parsed), parsed.GetValue(dataset)!)
            {
                Predictions = parsed.GetValue(predictions),
                Output = isReport ? null : place,
                Report = isReport ? place : null,
                Split = parsed.GetValue(split),
                Images = parsed.GetValue(images),
                Classes = NameLists.Read(parsed.GetValue(classes)),
                FirstValue = parsed.GetValue(first),
                Task = parsed.GetValue(task),
                ThingClasses = NameLists.Read(parsed.GetValue(things)),
                ScoreThreshold = parsed.GetValue(threshold),
                Batch = parsed.GetValue(batch),
                MaxErrors = parsed.GetValue(maxErrors),
                Worst = parsed.GetValue(worst),
                Title = parsed.GetValue(title),
            };
            return EvaluateRun.RunAsync(arguments, context);
        };
    }
}
