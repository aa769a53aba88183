namespace MLNetVision.Imaging.Folders;

/// <summary>A picture file with its label.</summary>
/// <param name="Path">The full path.</param>
/// <param name="Label">The label.</param>
/// <param name="Split">"train", "test" or "validation"; null in data that are not divided.</param>
internal sealed record LabelledFile(string Path, string Label, string? Split);

/// <summary>What was found on disk.</summary>
/// <param name="Files">The usable files, in a fixed order.</param>
/// <param name="Bad">What was left out, and why.</param>
internal sealed record LabelledFiles(IReadOnlyList<LabelledFile> Files, IReadOnlyList<string> Bad)
{
    /// <summary>How much was left out, and the first reasons; nothing where nothing was.</summary>
    public static string LeftOut(IReadOnlyList<string> bad) => bad.Count == 0 ? string.Empty : $" {bad.Count} were left out: {First(bad, 3)}";

    /// <summary>The first of several sentences as one.</summary>
    public static string First(IReadOnlyList<string> reasons, int count) =>
        string.Join("; ", reasons.Take(count).Select(reason => reason.TrimEnd('.'))) + (reasons.Count > count ? "; …" : ".");
}
