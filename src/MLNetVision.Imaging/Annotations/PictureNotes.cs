using MLNetVision.Imaging.Folders;

namespace MLNetVision.Imaging.Annotations;

/// <summary>Says which files of a folder are not among its pictures, so that nobody misses them later.</summary>
internal static class PictureNotes
{
    private const int NamesInNote = 5;

    /// <summary>A note on pictures of kinds that are not read; none where there are none.</summary>
    public static IEnumerable<BadRecord> Unreadable(string folder, IEnumerable<string> files) =>
        Of(folder, Relative(folder, files.Where(FileEndings.IsUnreadable)), "picture(s) are of a kind that is not read (TIFF, HEIC, AVIF)");

    /// <summary>Names of files as they count from a folder, in order.</summary>
    public static IReadOnlyList<string> Relative(string folder, IEnumerable<string> files) => [.. files.Order(StringComparer.Ordinal).Select(file => Path.GetRelativePath(folder, file))];

    /// <summary>A note on pictures or what stands for them; none where there are none.</summary>
    /// <param name="subject">The file or folder that has them.</param>
    /// <param name="names">Their names.</param>
    /// <param name="what">What is said of them, behind their number.</param>
    public static IEnumerable<BadRecord> Of(string subject, IReadOnlyList<string> names, string what)
    {
        if (names.Count > 0)
        {
            string first = string.Join(", ", names.Take(NamesInNote)) + (names.Count > NamesInNote ? ", …" : string.Empty);
            yield return new BadRecord(subject, $"{names.Count} {what}: {first}") { Kind = BadRecordKind.Remark };
        }
    }
}
