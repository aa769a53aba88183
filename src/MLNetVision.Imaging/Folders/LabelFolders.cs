using System.Text.RegularExpressions;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Limits;

namespace MLNetVision.Imaging.Folders;

/// <summary>Finds pictures in a folder with a subfolder per label, also divided into train, test and validation.</summary>
internal static partial class LabelFolders
{
    private const string Train = "train";

    private static readonly Dictionary<string, string> SplitNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train", ["training"] = "train", ["test"] = "test", ["testing"] = "test",
        ["val"] = "validation", ["valid"] = "validation", ["validation"] = "validation",
    };

    /// <summary>
    /// Whether a folder is divided into parts of a data set: "train" is among its subfolders, and no folder beside the parts has pictures, or the pictures of
    /// "train" lie in folders of their own and another part is there.
    /// </summary>
    public static bool IsSplit(string folder)
    {
        string[] parts = [.. Parts(folder)];
        string[] train = [.. parts.Where(part => SplitOf(part) == Train)];
        return train.Length > 0 && (!OtherFolders(folder).Any(HasPictures) || (parts.Length > train.Length && !train.Any(part => Loose(part).Any())));
    }

    /// <summary>The subfolders that are called like parts of a data set, in ordinal order.</summary>
    public static IEnumerable<string> Parts(string folder) => Subfolders(folder).Where(path => SplitOf(path) is not null);

    /// <summary>The part that a file or folder is of by the words in its path, train, test or validation: "train/_annotations.coco.json", "instances_val2017.json". Null where none or several are named.</summary>
    /// <param name="path">The path, counted from the folder of the data.</param>
    public static string? PartNamedIn(string path) =>
        Words().Matches(path).Select(word => SplitNames.GetValueOrDefault(word.Value)).OfType<string>().Distinct().ToArray() is [var part] ? part : null;

    /// <summary>The subfolder of a part, train, test or validation, whatever it is called; null where there is none.</summary>
    public static string? Part(string folder, string split) => Parts(folder).FirstOrDefault(path => SplitOf(path) == split);

    /// <summary>The pictures in ordinal order of their paths.</summary>
    /// <exception cref="InvalidDataException">There is no subfolder, or there is no picture in any.</exception>
    public static LabelledFiles Find(string folder, bool checkFiles)
    {
        var files = new List<LabelledFile>();
        var bad = new List<string>();
        if (IsSplit(folder))
        {
            bad.AddRange(OtherFolders(folder).SelectMany(Pictures).Select(path => $"The picture '{path}' lies in none of the parts of '{folder}'."));
            foreach (string part in Parts(folder))
            {
                AddLabels(part, SplitOf(part), checkFiles, files, bad);
            }
        }
        else
        {
            AddLabels(folder, null, checkFiles, files, bad);
        }

        return files.Count > 0 ? new(files, bad) : throw new InvalidDataException(
            $"The folder '{folder}' has no picture in a subfolder: expected FOLDER/LABEL/PICTURE.{PicturesIn(folder)}{LabelledFiles.LeftOut(bad)}");
    }

    // Who names the folder of one class means the one above, and who has no folders of classes may have a list.
    private static string PicturesIn(string folder) => Loose(folder).Count() is > 0 and var count
        ? $" {count} picture(s) lie in the folder itself: if '{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}' is a class, name the folder above; if their classes are in a table, name a CSV file of paths and labels."
        : string.Empty;

    /// <summary>The folders of the labels, or of the parts of a data set, in ordinal order; hidden ones are none.</summary>
    public static IEnumerable<string> Subfolders(string folder) => FolderFiles.Subfolders(folder);

    /// <summary>Whether there are subfolders with pictures.</summary>
    public static bool HasLabels(string folder) => Subfolders(folder).Any(label => Pictures(label).Any());

    /// <summary>The picture files of a label, in ordinal order of their paths.</summary>
    public static IEnumerable<string> Pictures(string folder) => FileEndings.Pictures(FolderFiles.Below(folder)).Order(StringComparer.Ordinal);

    /// <summary>Why a file is no readable picture, as far as its header tells; null if it is one.</summary>
    public static string? Problem(string path) => Problem(path, static path =>
    {
        (int width, int height) = ImageDecoder.ReadSize(path);
        PictureLimits.Check($"The file '{path}'", width, height);
    });

    /// <summary>Why a file is no readable picture, to its last pixel; null if it is one.</summary>
    public static string? ProblemWithin(string path) => Problem(path, static path => DecodedPixels.DecodeFile(path).Dispose());

    private static string? Problem(string path, Action<string> read)
    {
        try
        {
            read(path);
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static string? SplitOf(string folder) => SplitNames.GetValueOrDefault(Path.GetFileName(folder));

    private static IEnumerable<string> OtherFolders(string folder) => Subfolders(folder).Where(path => SplitOf(path) is null);

    private static bool HasPictures(string folder) => FileEndings.Pictures(FolderFiles.Below(folder)).Any();

    /// <summary>The pictures beside the folders of the labels.</summary>
    private static IEnumerable<string> Loose(string folder) => FileEndings.Pictures(FolderFiles.In(folder)).Order(StringComparer.Ordinal);

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Words();

    private static void AddLabels(string folder, string? split, bool checkFiles, List<LabelledFile> files, List<string> bad)
    {
        bad.AddRange(Loose(folder).Select(path => $"The picture '{path}' lies in no folder of a label."));
        foreach (string labelFolder in Subfolders(folder))
        {
            string label = Path.GetFileName(labelFolder);
            string[] all = [.. FolderFiles.Below(labelFolder).Order(StringComparer.Ordinal)];
            bad.AddRange(all.Where(FileEndings.IsUnreadable).Select(path => $"The file '{path}' is of a kind that is not read (TIFF, HEIC, AVIF): save it as JPEG or PNG."));
            foreach (string path in FileEndings.Pictures(all))
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
