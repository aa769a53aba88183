using System.CommandLine;
using System.Globalization;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Predict;

/// <summary>The verb predict and its options.</summary>
internal static class PredictVerb
{
    private static readonly string[] Examples =
    [
        "mlnetvision predict --model Digits.mlnet photos/ > answers.jsonl",
        "mlnetvision predict --model facebook/levit-128S --top-k 5 cat.jpg",
        "mlnetvision predict --model scenes/checkpoint --overlays drawn --format coco --output found.json 'photos/**/*.jpg'",
        "mlnetvision predict --model scenes/checkpoint --tile 1024x1024 --overlap 128 aerial.jpg",
        "find . -name '*.jpg' | mlnetvision predict --model Digits.mlnet -",
    ];

    public static Verb Create() => new(
        "predict", "Answers what is in pictures: one line out for each picture in, in order. A picture that cannot be read is a line that says why.", Examples, Configure);

    private static VerbAction Configure(Command command)
    {
        var model = new ModelOptions();
        var pictures = new Argument<string[]>("pictures") { Description = "Pictures: files, folders, patterns, @LIST (a file with a path or a JSON object on each line), or - for standard input.", Arity = ArgumentArity.ZeroOrMore };
        var source = new Option<string[]>("--source", "-s") { Description = "The same as an option.", HelpName = "PICTURES", AllowMultipleArgumentsPerToken = true };
        Option<string> format = new Option<string>("--format", "-f") { Description = "What is written: jsonl, csv, coco (instances), coco-panoptic, or masks (a PNG for each picture).", HelpName = "FORMAT", DefaultValueFactory = _ => "jsonl" }
            .Among("jsonl", "csv", "coco", "coco-panoptic", "masks");
        var output = new Option<string?>("--output", "-o") { Description = "The file, or of masks the folder, to write. Default: standard output.", HelpName = "PATH" };
        var overlays = new Option<string?>("--overlays") { Description = "A folder for the pictures with their segments drawn over them.", HelpName = "FOLDER" };
        var crops = new Option<string?>("--crops") { Description = "A folder for the segments, cut out of the pictures: FOLDER/CLASS/PICTURE-ID.png.", HelpName = "FOLDER" };
        Option<int> topK = NumberOptions.AtLeast(1, 1, "--top-k", "How many of the most probable classes are named.");
        Option<double?> threshold = NumberOptions.Share("--score-threshold", "The smallest score of a segment, 0 to 1. Default: what the model file says, else 0.5.");
        Option<string?> task = new Option<string?>("--task") { Description = "What is asked of a network that segments: semantic, instance or panoptic. Default: what the model file says, else panoptic.", HelpName = "TASK" }
            .Among("semantic", "instance", "panoptic");
        var things = new Option<string[]>("--thing-classes") { Description = "The classes with separate objects, separated by commas; all regions of any other class are one segment. Default: all.", HelpName = "NAMES" };
        Option<int> batch = NumberOptions.AtLeast(1, 32, "--batch", "The most pictures that are classified at once.", most: 65536);
        var tile = new Option<string?>("--tile") { Description = "Segments large pictures in tiles of this size, in pixels, and joins what lies across their borders.", HelpName = "WxH" };
        tile.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Size(token.Value) is null)
            {
                result.AddError($"--tile is '{token.Value}'; expected WxH, such as 1024x1024.");
            }
        });
        Option<int?> overlap = NumberOptions.Optional(0, "--overlap", "The pixels that neighbouring tiles have in common at least. Default: an eighth of the tile's shorter side.", "PIXELS");
        var skip = new Option<bool>("--skip-existing") { Description = "Keep the answers that --output already holds, and ask for the others only." };
        Option<int?> maxErrors = NumberOptions.Optional(0, "--max-errors", "Stop with exit code 3 when more pictures than this cannot be read. Default: any number may be.");

        command.Arguments.Add(pictures);
        model.AddTo(command);
        foreach (Option option in (Option[])[source, format, output, overlays, crops, topK, threshold, task, things, batch, tile, overlap, skip, maxErrors])
        {
            command.Options.Add(option);
        }

        return (parsed, context) =>
        {
            var arguments = new PredictArguments(model.Of(parsed), [.. parsed.GetValue(pictures) ?? [], .. parsed.GetValue(source) ?? []])
            {
                Format = parsed.GetValue(format)!,
                Output = parsed.GetValue(output),
                Overlays = parsed.GetValue(overlays),
                Crops = parsed.GetValue(crops),
                TopK = parsed.GetValue(topK),
                ScoreThreshold = parsed.GetValue(threshold),
                Task = parsed.GetValue(task),
                ThingClasses = [.. (parsed.GetValue(things) ?? []).SelectMany(names => names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
                Batch = parsed.GetValue(batch),
                Tile = parsed.GetValue(tile) is { } size ? Size(size) : null,
                Overlap = parsed.GetValue(overlap),
                SkipExisting = parsed.GetValue(skip),
                MaxErrors = parsed.GetValue(maxErrors),
            };
            return PredictRun.RunAsync(arguments, context);
        };
    }

    private static (int Width, int Height)? Size(string text) =>
        text.Split('x', 'X') is [var width, var height] && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int w)
        && int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out int h) && w > 0 && h > 0 ? (w, h) : null;
}
