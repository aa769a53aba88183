using System.Text.Json;
using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Annotations.Figures;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Evaluations;

namespace MLNetVision.Cli.Data;

/// <summary>Prints what is in labelled or annotated pictures.</summary>
internal static class CheckRun
{
    /// <returns>0, or 3 where something was left out or cannot be read.</returns>
    public static int Run(string path, string? images, CommandContext context)
    {
        if (!Path.Exists(path))
        {
            throw new CommandException(ExitCode.Data, $"There is no file or folder '{Path.GetFullPath(path)}'.");
        }

        if (images is null && AnnotationForms.Recognise(path) is null && LabelledCheck.IsOne(path))
        {
            return CheckLabels(path, context);
        }

        AnnotationCheck check = AnnotationCheck.Of(path, images);
        int code = check.IsClean ? ExitCode.Success : ExitCode.Data;
        if (context.WantsJson)
        {
            context.WriteJson(writer => Write(writer, check, code));
        }
        else
        {
            context.Output.WriteLine(check.ToString());
        }

        foreach (string split in check.SplitsWithoutSegments)
        {
            context.Reporter.Warning($"'{split}' has pictures and not one segment in them: the annotations are missing, or are of other pictures.");
        }

        // Exports often come without their pictures.
        foreach (AnnotationFigures split in check.Splits.Where(split => split.Images == 0 && split.Found.Count > 0 && split.Found.All(bad => bad.Reason.EndsWith("does not exist", StringComparison.Ordinal))))
        {
            context.Reporter.Warning($"None of the pictures of '{split.Name}' was found: --images names the folder that they lie in.");
        }

        Conclude(context,
            (check.Splits.Sum(split => split.BadRecords), "record(s) cannot be used"),
            (check.Splits.Sum(split => split.BadAnnotations), "annotation(s) were left out"),
            (check.Splits.Sum(split => split.UnreadablePictures.Count), "picture(s) cannot be read"),
            (check.SplitsWithoutSegments.Count, "split(s) have no segments"));
        return code;
    }

    private static int CheckLabels(string path, CommandContext context)
    {
        LabelledCheck check = LabelledCheck.Of(path, context.Cancellation);
        int code = check.IsClean ? ExitCode.Success : ExitCode.Data;
        if (context.WantsJson)
        {
            context.WriteJson(writer => Write(writer, check, code));
        }
        else
        {
            context.Output.WriteLine(check.ToString().TrimEnd());
        }

        Conclude(context,
            (check.Bad.Count, "file(s) or line(s) cannot be read"),
            (check.Same.Count(same => same.HasSeveralLabels), "picture(s) have several labels"),
            (check.Same.Count(same => same.IsInSeveralParts), "picture(s) are in several parts"),
            (check.Unlearned.Count, "class(es) have no picture to learn from"));
        return code;
    }

    private static void Conclude(CommandContext context, params ReadOnlySpan<(long Count, string What)> findings)
    {
        var wrong = new List<string>();
        foreach ((long count, string what) in findings)
        {
            if (count > 0)
            {
                wrong.Add($"{count} {what}");
            }
        }

        context.Reporter.Information(wrong.Count == 0 ? "Nothing is wrong." : $"{string.Join(", ", wrong)}.");
    }

    private static void Write(Utf8JsonWriter writer, LabelledCheck check, int code)
    {
        writer.WriteBoolean("ok", code == ExitCode.Success);
        writer.WriteNumber("exitCode", code);
        writer.WriteString("path", check.Path);
        writer.WriteString("form", "Labels");
        writer.WriteStartArray("splits");
        foreach (SetCounts set in check.Counts.Sets)
        {
            writer.WriteStartObject();
            writer.WriteString("name", set.Name);
            writer.WriteNumber("images", set.RowCount);
            writer.WriteCounts("classes", check.Counts.ClassNames.Zip(set.Counts));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteTexts("found", check.Bad);
        writer.WriteTexts("unlearned", check.Unlearned);
        writer.WriteStartArray("same");
        foreach (SamePictures same in check.Same)
        {
            writer.WriteStartObject();
            writer.WriteBoolean("severalLabels", same.HasSeveralLabels);
            writer.WriteBoolean("severalParts", same.IsInSeveralParts);
            writer.WriteTexts("paths", same.Paths);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, AnnotationCheck check, int code)
    {
        writer.WriteBoolean("ok", code == ExitCode.Success);
        writer.WriteNumber("exitCode", code);
        writer.WriteString("path", check.Path);
        writer.WriteString("form", check.Form.ToString());
        writer.WriteStartArray("splits");
        foreach (AnnotationFigures split in check.Splits)
        {
            Write(writer, split);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, AnnotationFigures split)
    {
        writer.WriteStartObject();
        writer.WriteString("name", split.Name);
        writer.WriteNumber("images", split.Images);
        writer.WriteNumber("emptyImages", split.EmptyImages);
        writer.WriteNumber("badRecords", split.BadRecords);
        writer.WriteNumber("badAnnotations", split.BadAnnotations);
        writer.WriteStartArray("classes");
        foreach (ClassFigures found in split.Classes)
        {
            writer.WriteStartObject();
            writer.WriteString("name", found.Name);
            writer.WriteBoolean("isThing", found.IsThing);
            writer.WriteNumber("segments", found.Segments);
            writer.WriteNumber("images", found.Images);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteTexts("unreadablePictures", split.UnreadablePictures);
        writer.WriteTexts("found", split.Found.Select(bad => bad.ToString()));
        writer.WriteEndObject();
    }
}
