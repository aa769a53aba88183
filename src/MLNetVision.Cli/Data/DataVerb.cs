using System.CommandLine;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Data;

/// <summary>The verb data and those below it.</summary>
internal static class DataVerb
{
    public static Verb Create() => new("data", "Looks after annotated pictures.", [], null, new Verb(
        "check", "Says what is in annotated pictures of any known form, split by split, and what is wrong with them.",
        ["mlnetvision data check datasets/shape-scenes/train/panoptic.json", "mlnetvision data check data.yaml --json"],
        command =>
        {
            var path = new Argument<string>("annotations") { Description = "A COCO, VoTT or labelme file, a data.yaml of YOLO, or a folder of labelme's, Pascal VOC's or several splits' files." };
            var images = new Option<string?>("--images") { Description = "The folder of the pictures. Default: looked for beside the annotations.", HelpName = "FOLDER" };
            command.Arguments.Add(path);
            command.Options.Add(images);
            return (parsed, context) => Task.FromResult(CheckRun.Run(parsed.GetValue(path)!, parsed.GetValue(images), context));
        }));
}
