using System.Globalization;
using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Conversions;

namespace MLNetVision.Cli.Data;

/// <summary>Does what data convert and data split ask.</summary>
internal sealed class ConvertRun(DataArguments data, CommandContext context)
{
    public static readonly string[] Formats = ["coco-instances", "coco-panoptic", "yolo", "yolo-boxes", "voc", "voc-boxes", "masks"];

    private readonly Problems _problems = new(context.Reporter);

    /// <summary>Writes annotations in another form.</summary>
    public int Convert(string path, string output, string format)
    {
        CheckExists(path);
        OutputFolders.RefuseFile(Path.GetExtension(output).Equals(".json", StringComparison.OrdinalIgnoreCase) ? Path.GetDirectoryName(Path.GetFullPath(output))! : output);
        IReadOnlyList<ConvertedSplit> written = AnnotationConverter.Convert(path, output, FormatOf(format), Reading(), context.Cancellation);
        Tell(path, output, [.. written.Select(split => (split.Split, split.Path, split.Images))], NextCommand.OfAnnotations(FormatOf(format), output, [.. written.Select(split => (split.Split, split.Path, split.ImageFolder))]));
        return ExitCode.Success;
    }

    /// <summary>Divides labelled or annotated pictures.</summary>
    public int Split(string path, string output, string ratio, int seed, bool isStratified, string files, string? format)
    {
        CheckExists(path);
        OutputFolders.RefuseFile(output);
        IReadOnlyList<DataPart> written;
        try
        {
            written = DataSplitter.Split(
                path, output,
                new DataSplitOptions
                {
                    Parts = Parts(ratio),
                    Seed = seed,
                    IsStratified = isStratified,
                    Pictures = files switch { "copy" => PictureTransfer.Copy, "link" => PictureTransfer.Link, _ => PictureTransfer.None },
                    Format = format is null ? null : FormatOf(format),
                    Annotations = Reading(),
                    ProblemFound = _problems.Add,
                },
                context.Cancellation);
        }
        catch (ArgumentException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message, e);
        }

        (string, string, string?)[] parts = [.. written.Select(part => (part.Part, part.Path, part.ImageFolder))];
        Tell(
            path, output, [.. written.Select(part => (part.Part, part.Path, part.Images))],
            written[0].Format is { } form ? NextCommand.OfAnnotations(form, output, parts) : NextCommand.OfLabels(output, files == "list", parts));
        return ExitCode.Success;
    }

    /// <summary>The parts that a ratio names: of one number the training's and what is left for validation, of two or three those of training, validation and test; or NAME=SHARE.</summary>
    public static IReadOnlyList<(string Part, double Share)>? TryParse(string ratio)
    {
        string[] names = ["train", "val", "test"];
        var parts = new List<(string Part, double Share)>();
        foreach ((string word, int i) in ratio.Split(',', StringSplitOptions.TrimEntries).Select((word, i) => (word, i)))
        {
            string[] sides = word.Split('=');
            if (sides.Length > 2 || (sides.Length == 1 && i >= names.Length) || !double.TryParse(sides[^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) || share is not (> 0 and < 1))
            {
                return null;
            }

            parts.Add((sides.Length == 2 ? sides[0] : names[i], share));
        }

        if (parts.Count == 1)
        {
            parts.Add(("val", 1 - parts[0].Share));
        }

        return Math.Abs(parts.Sum(part => part.Share) - 1) < 1e-6 ? parts : null;
    }

    private static IReadOnlyList<(string Part, double Share)> Parts(string ratio) => TryParse(ratio)!;

    private static AnnotationFormat FormatOf(string word) => (AnnotationFormat)Array.IndexOf(Formats, word);

    private static void CheckExists(string path)
    {
        if (!Path.Exists(path))
        {
            throw new CommandException(ExitCode.Data, $"There is no file or folder '{Path.GetFullPath(path)}'.");
        }
    }

    private AnnotationConversionOptions Reading() => new()
    {
        ImageFolder = data.Images,
        Split = data.Split,
        MaskClasses = data.Classes.Count > 0 ? data.Classes : null,
        Masks = new SemanticMaskOptions { FirstIndex = data.FirstValue },
        Load = new SegmentationLoadOptions { BadRecordFound = bad => _problems.Add(bad.ToString()) },
    };

    private void Tell(string path, string output, (string Name, string Path, int Images)[] parts, string? next)
    {
        if (_problems.Count > Problems.InFull)
        {
            context.Reporter.Warning($"{_problems.Count} records or pictures were left out; 'mlnetvision data check' names all.");
        }

        if (context.WantsJson)
        {
            context.WriteJson(writer =>
            {
                writer.WriteBoolean("ok", true);
                writer.WriteNumber("exitCode", ExitCode.Success);
                writer.WriteString("data", path);
                writer.WriteString("output", output);
                writer.WriteNumber("problems", _problems.Count);
                writer.WriteStartArray("parts");
                foreach ((string name, string place, int images) in parts)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", name);
                    writer.WriteString("path", place);
                    writer.WriteNumber("images", images);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteString("next", next);
            });
            return;
        }

        foreach ((string name, string place, int images) in parts)
        {
            context.Output.WriteLine($"{name}: {images} picture{(images == 1 ? string.Empty : "s")} -> {place}");
        }

        if (next is not null)
        {
            context.Reporter.Information($"Next: {next}");
        }
    }
}
