using System.Security.Cryptography;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Metrics.Figures;

namespace MLNetVision.Imaging.Evaluations;

/// <summary>Files that are the same picture, byte by byte.</summary>
/// <param name="Paths">The files.</param>
/// <param name="HasSeveralLabels">Whether they have different labels, of which one at most is right.</param>
/// <param name="IsInSeveralParts">Whether they are in several parts, so that a network is tested with what it was trained on.</param>
public sealed record SamePictures(IReadOnlyList<string> Paths, bool HasSeveralLabels, bool IsInSeveralParts);

/// <summary>What is in labelled pictures, part by part, and what is wrong with them.</summary>
/// <param name="Path">The folder or list.</param>
/// <param name="Counts">The pictures of each class in each part.</param>
/// <param name="Bad">The files that are no readable picture, and the lines that name none.</param>
/// <param name="Same">Files that are the same picture.</param>
/// <param name="Unlearned">The classes that other parts have and the training part has not.</param>
public sealed record LabelledCheck(string Path, LabelCounts Counts, IReadOnlyList<string> Bad, IReadOnlyList<SamePictures> Same, IReadOnlyList<string> Unlearned)
{
    private const string Undivided = "pictures", Train = "train";
    private const int MostShown = 10;

    /// <summary>Whether every file can be read, no picture has two labels or is in two parts, and the training part has every class.</summary>
    public bool IsClean => Bad.Count == 0 && Unlearned.Count == 0 && !Same.Any(IsWrong);

    /// <summary>Whether a path is that of labelled pictures: a folder with a subfolder for each label, or a CSV or TSV list.</summary>
    /// <param name="path">A file or folder.</param>
    public static bool IsOne(string path) => File.Exists(path)
        ? System.IO.Path.GetExtension(path).ToLowerInvariant() is ".csv" or ".tsv"
        : Directory.Exists(path) && LabelFolders.HasLabels(path);

    /// <summary>Decodes all pictures, since the header of one that breaks off is sound.</summary>
    /// <param name="path">A folder with a subfolder of pictures for each label, also divided into train, validation and test, or a CSV or TSV list of paths and labels.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">There is no picture.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LabelledCheck Of(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        LabelledFiles found = Readable(Directory.Exists(full) ? LabelFolders.Find(full, checkFiles: false) : ImageList.Read(full, checkFiles: false, hasHeader: null), cancellation);
        var counter = new LabelCounts.Counter();
        foreach (IGrouping<string, LabelledFile> part in found.Files.GroupBy(file => file.Split ?? Undivided))
        {
            counter.BeginSet(part.Key);
            foreach (LabelledFile file in part)
            {
                counter.AddRow();
                counter.Add(counter.PlaceOf(file.Label));
            }
        }

        LabelCounts counts = counter.ToCounts(sorted: true);
        SetCounts? train = counts.Sets.FirstOrDefault(set => set.Name == Train);
        string[] unlearned = train is null ? [] : [.. counts.ClassNames.Where((_, i) => train.Counts[i] == 0)];
        return new LabelledCheck(path, counts, found.Bad, [.. SameOf(found.Files, cancellation)], unlearned);
    }

    /// <summary>A table of the classes, and the first of what is wrong.</summary>
    public override string ToString()
    {
        SamePictures[] wrong = [.. Same.Where(IsWrong)];
        int harmless = Same.Count - wrong.Length;
        return MetricsText.Lines(
        [
            $"'{Path}', {Counts.ClassNames.Count} classes",
            $"{Counts}".TrimEnd(),
            .. Unlearned.Count == 0 ? [] : (string[])[$"The training part has no picture of {Shown(Unlearned, Unlearned.Count, name => $"'{name}'")}."],
            .. Bad.Take(MostShown).Select(bad => $"left out: {bad}"),
            .. Bad.Count > MostShown ? (string[])[$"… and {Bad.Count - MostShown} more"] : [],
            .. wrong.Take(MostShown).Select(same => $"the same picture {(same.HasSeveralLabels ? "with several labels" : "in several parts")}: {Shown(same.Paths, same.Paths.Count, file => file)}"),
            .. wrong.Length > MostShown ? (string[])[$"… and {wrong.Length - MostShown} more"] : [],
            .. harmless > 0 ? (string[])[$"{harmless} picture(s) are there several times, with one label and in one part."] : [],
        ]);
    }

    private static LabelledFiles Readable(LabelledFiles found, CancellationToken cancellation)
    {
        string?[] problems = new string?[found.Files.Count];
        Parallel.For(0, problems.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i => problems[i] = LabelFolders.ProblemWithin(found.Files[i].Path));
        var readable = new LabelledFiles([.. found.Files.Where((_, i) => problems[i] is null)], [.. found.Bad, .. problems.OfType<string>()]);
        return readable.Files.Count > 0 ? readable : throw new InvalidDataException($"None of the pictures can be read.{LabelledFiles.LeftOut(readable.Bad)}");
    }

    private static bool IsWrong(SamePictures same) => same.HasSeveralLabels || same.IsInSeveralParts;

    private static string Shown(IEnumerable<string> names, int count, Func<string, string> text) => string.Join(", ", names.Take(MostShown).Select(text)) + (count > MostShown ? ", …" : string.Empty);

    private static IEnumerable<SamePictures> SameOf(IReadOnlyList<LabelledFile> files, CancellationToken cancellation) =>
        from sameLength in files.DistinctBy(file => (file.Path, file.Label)).GroupBy(file => new FileInfo(file.Path).Length)
        where sameLength.Skip(1).Any()
        from same in sameLength.GroupBy(file => HashOf(file.Path, cancellation))
        where same.Skip(1).Any()
        select new SamePictures([.. same.Select(file => file.Path)], same.Select(file => file.Label).Distinct().Skip(1).Any(), same.Select(file => file.Split).Distinct().Skip(1).Any());

    private static string HashOf(string path, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
