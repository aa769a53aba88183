using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Data;

/// <summary>The verb data and those below it.</summary>
internal static class DataVerb
{
    private const string KnownForms = "a COCO, VoTT or labelme file, a data.yaml of YOLO, or a folder of labelme's, Pascal VOC's or several splits' files";

    public static Verb Create() => new("data", "Looks after labelled and annotated pictures.", [], null, Check(), Convert(), Split());

    private static Verb Check() => new(
        "check", "Says what is in labelled pictures, or annotated ones of any known form, split by split, and what is wrong with them.",
        ["mlnetvision data check photos", "mlnetvision data check datasets/shape-scenes/train/panoptic.json", "mlnetvision data check data.yaml --json"],
        command =>
        {
            var path = new Argument<string>("data") { Description = "A folder with a subfolder of pictures for each label, also divided, or a CSV list of paths and labels; or annotations: " + KnownForms + "." };
            var images = new Option<string?>("--images") { Description = "The folder of the pictures. Default: looked for beside the annotations.", HelpName = "FOLDER" };
            command.Arguments.Add(path);
            command.Options.Add(images);
            return (parsed, context) => Task.FromResult(CheckRun.Run(parsed.GetValue(path)!, parsed.GetValue(images), context));
        });

    private static Verb Convert() => new(
        "convert", "Writes annotated pictures in another form. No file is written over.",
        ["mlnetvision data convert export.json --format coco-instances --output instances.json", "mlnetvision data convert scenes/panoptic.json --format yolo --output yolo"],
        command =>
        {
            var path = new Argument<string>("annotations") { Description = "What is converted: " + KnownForms + "; or a folder of label maps with --classes." };
            var data = new DataOptions();
            Option<string> format = new Option<string>("--format", "-f") { Description = "The form to write: coco-instances, coco-panoptic, yolo, yolo-boxes, voc, voc-boxes, or masks (a map of classes for each picture).", HelpName = "FORMAT", Required = true }
                .Among(ConvertRun.Formats);
            var output = new Option<string>("--output", "-o") { Description = "The folder to write; of COCO's forms of one split it may be the JSON file.", HelpName = "PATH", Required = true };
            command.Arguments.Add(path);
            command.Options.Add(format);
            command.Options.Add(output);
            data.AddTo(command);
            return (parsed, context) => Task.FromResult(new ConvertRun(data.Of(parsed), context).Convert(parsed.GetValue(path)!, parsed.GetValue(output)!, parsed.GetValue(format)!));
        });

    private static Verb Split() => new(
        "split", "Divides labelled or annotated pictures into parts, by their names and a seed alone: the same on every machine. No file is moved or written over.",
        ["mlnetvision data split photos --ratio 0.7,0.2,0.1 --files copy --output divided", "mlnetvision data split panoptic.json --ratio 0.9 --seed 7 --output parts"],
        command =>
        {
            var path = new Argument<string>("data") { Description = "A folder with a subfolder of pictures for each label, or a CSV list of paths and labels; or annotations: " + KnownForms + ", or a folder of label maps with --classes." };
            var data = new DataOptions();
            var ratio = new Option<string>("--ratio", "-r")
            {
                Description = "The share of the training part, the rest for validation; or those of train, val and test, separated by commas; or NAME=SHARE of each. Together 1.", HelpName = "SHARES", DefaultValueFactory = _ => "0.8",
            };
            ratio.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && ConvertRun.TryParse(token.Value) is null)
                {
                    result.AddError($"--ratio is '{token.Value}'; expected one share between 0 and 1, or two or three that are together 1, such as 0.7,0.2,0.1.");
                }
            });
            var seed = new Option<int>("--seed") { Description = "Decides which picture falls into which part.", HelpName = "N", DefaultValueFactory = _ => 1 };
            var plain = new Option<bool>("--no-stratify") { Description = "Divide all pictures at once, instead of each class by itself (pictures with segments by the rarest class in them)." };
            Option<string> files = new Option<string>("--files") { Description = "Of labelled pictures what is written: list (PART.csv, the pictures stay), copy or link (folders PART/LABEL).", HelpName = "KIND", DefaultValueFactory = _ => "list" }
                .Among("list", "copy", "link");
            Option<string?> format = new Option<string?>("--format", "-f") { Description = "The form in which annotations are written. Default: their own, or coco-instances where it cannot be written.", HelpName = "FORMAT" }
                .Among(ConvertRun.Formats);
            var output = new Option<string>("--output", "-o") { Description = "The folder to write.", HelpName = "FOLDER", Required = true };
            command.Arguments.Add(path);
            foreach (Option option in (Option[])[ratio, seed, plain, files, format, output])
            {
                command.Options.Add(option);
            }

            data.AddTo(command);
            return (parsed, context) => Task.FromResult(new ConvertRun(data.Of(parsed), context).Split(
                parsed.GetValue(path)!, parsed.GetValue(output)!, parsed.GetValue(ratio)!, parsed.GetValue(seed), !parsed.GetValue(plain), parsed.GetValue(files)!, parsed.GetValue(format)));
        });
}
