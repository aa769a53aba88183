using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Folders;

/// <summary>Finds pictures in a folder with a subfolder per label, also divided into train, test and validation.</summary>
internal static class LabelFolders
{
    private static readonly Dictionary<string, string> SplitNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train", ["training"] = "train", ["test"] = "test", ["testing"] = "test",
        ["val"] = "validation", ["valid"] = "validation", ["validation"] = "validation",
    };

    /// <summary>Whether all subfolders are called like parts of a data set, "train" among them.</summary>
    public static bool IsSplit(string folder)
    {
        string[] parts = [.. Subfolders(folder).Select(part => SplitNames.GetValueOrDefault(Path.GetFileName(part), string.Empty))];
        return parts.Contains("train") && !parts.Contains(string.Empty);
    }

    /// <summary>The subfolder of a part, train, test or validation, whatever it is called; null where there is none.</summary>
    public static string? Part(string folder, string split) => Subfolders(folder).FirstOrDefault(path => SplitNames.GetValueOrDefault(Path.GetFileName(path)) == split);

    /// <summary>The pictures in ordinal order of their paths.</summary>
    /// <exception cref="InvalidDataException">There is no subfolder, or there is no picture in any.</exception>
    public static LabelledFiles Find(string folder, bool checkFiles)
    {
        var files = new List<LabelledFile>();
        var bad = new List<string>();
        if (IsSplit(folder))
        {
            foreach (string part in Subfolders(folder))
            {
                AddLabels(part, SplitNames[Path.GetFileName(part)], checkFiles, files, bad);
            }
        }
        else
        {
            AddLabels(folder, null, checkFiles, files, bad);
        }

        return files.Count > 0 ? new(files, bad) : throw new InvalidDataException(
            $"The folder '{folder}' has no picture in a subfolder: expected FOLDER/LABEL/PICTURE.{LabelledFiles.LeftOut(bad)}");
    }

    /// <summary>The folders of the labels, or of the parts of a data set, in ordinal order; hidden ones are none.</summary>
    public static IEnumerable<string> Subfolders(string folder) =>
        Directory.EnumerateDirectories(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal);

    /// <summary>The picture files of a label, in ordinal order of their paths.</summary>
    public static IEnumerable<string> Pictures(string folder) =>
        FileEndings.Pictures(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal);

    /// <summary>Why a file is no readable picture; null if it is one.</summary>
    public static string? Problem(string path)
    {
        try
        {
            (int width, int height) = ImageDecoder.ReadSize(path);
            PictureLimits.Check($"The file '{path}'", width, height);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static void AddLabels(string folder, string? split, bool checkFiles, List<LabelledFile> files, List<string> bad)
    {
        foreach (string labelFolder in Subfolders(folder))
        {
            string label = Path.GetFileName(labelFolder);
            bad.AddRange(Directory.EnumerateFiles(labelFolder, "*", SearchOption.AllDirectories).Where(FileEndings.IsUnreadable).Order(StringComparer.Ordinal)
                .Select(path => $"The file '{path}' is of a kind that is not read (TIFF, HEIC, AVIF)."));
            foreach (string path in Pictures(labelFolder))
            {
                if (checkFiles && Problem(path) is { } problem)
                {
                    bad.Add(problem);
                }
                else
                {
                    files.Add(new LabelledFile(path, label, split));
                }
            }
        }
    }
}
