using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Predict;

/// <summary>Keeps predict from writing over what it did not write: a mistyped --output may name a picture, the model or a file of annotations.</summary>
internal static class EarlierPredictions
{
    private const int Looked = 1 << 16;

    /// <exception cref="CommandException">The file is there and holds no predictions, or is something that is read.</exception>
    public static void RefuseOthers(string output, PredictArguments arguments)
    {
        string full = Real(output), model = Real(arguments.Model.Model);
        if (full == model || (Directory.Exists(model) && full.StartsWith(Path.TrimEndingDirectorySeparator(model) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(full)))
        {
            throw new CommandException(ExitCode.Usage, $"'{output}' is the model, or a file of it, and is not written over. Name another file with --output.");
        }

        if (arguments.Sources.Any(source => source.StartsWith('@') && Real(source[1..]) == full))
        {
            throw new CommandException(ExitCode.Usage, $"'{output}' is the list that is read, and is not written over. Name another file with --output.");
        }

        if (new FileInfo(full) is { Exists: true, Length: > 0 } && !IsOne(full))
        {
            throw new CommandException(ExitCode.Usage, $"'{Path.GetFullPath(output)}' exists and holds no earlier predictions: it is not written over. Name another file with --output.");
        }
    }

    // By how each form begins. A COCO file without scores is one of annotations.
    private static bool IsOne(string file)
    {
        using var reader = new StreamReader(file);
        char[] begin = new char[Looked];
        string text = new(begin, 0, reader.ReadBlock(begin));
        return text.StartsWith("{\"image\":", StringComparison.Ordinal) || text.StartsWith("image,", StringComparison.Ordinal)
            || (text.StartsWith("{\"annotations\":[", StringComparison.Ordinal) && (text.Contains("\"score\":", StringComparison.Ordinal) || !text.Contains("\"category_id\":", StringComparison.Ordinal)));
    }

    private static string Real(string path)
    {
        string full = path.Length > 0 ? Path.GetFullPath(path) : path;
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }
}
