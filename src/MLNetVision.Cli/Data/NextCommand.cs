using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Conversions;

namespace MLNetVision.Cli.Data;

/// <summary>What to type next with data that were written.</summary>
internal static class NextCommand
{
    /// <summary>The command that trains with annotations; of boxes and label maps, which no network is trained with from here, the one that looks at them. Null where there is nothing to train with.</summary>
    public static string? OfAnnotations(AnnotationFormat format, string output, IReadOnlyList<(string Name, string Path, string? ImageFolder)> parts)
    {
        string? images = parts.Select(part => part.ImageFolder).Distinct().Count() == 1 ? parts[0].ImageFolder : null;
        string pictures = images is null ? string.Empty : $" --images {ShellText.Path(images)}";
        return format switch
        {
            AnnotationFormat.Yolo => Train("segmentation", Path.Combine(output, "data.yaml"), [], string.Empty),
            AnnotationFormat.Voc => Train("segmentation", output, [], string.Empty),
            AnnotationFormat.YoloBoxes => $"mlnetvision data check {ShellText.Path(Path.Combine(output, "data.yaml"))}",
            AnnotationFormat.VocBoxes => $"mlnetvision data check {ShellText.Path(output)}",
            AnnotationFormat.Masks => $"mlnetvision evaluate --model MODEL --dataset {ShellText.Path(Place(output, parts))}{pictures} --classes @{ShellText.Path(Path.Combine(output, "classes.txt"))} --task semantic",
            _ when Named(parts, "train") is { } train => Train("segmentation", train, Others(parts), pictures),
            _ => null,
        };
    }

    /// <summary>The command that trains with labelled pictures.</summary>
    public static string? OfLabels(string output, bool areLists, IReadOnlyList<(string Name, string Path, string? ImageFolder)> parts) =>
        Named(parts, "train") is not { } train ? null
        : areLists ? Train("image-classification", train, Others(parts), string.Empty)
        : Train("image-classification", parts.All(part => part.Name is "train" or "val" or "test") ? output : train, [], string.Empty);

    private static string Train(string verb, string data, IEnumerable<(string Option, string Path)> others, string more) =>
        $"mlnetvision {verb} --dataset {ShellText.Path(data)}{string.Concat(others.Select(other => $" {other.Option} {ShellText.Path(other.Path)}"))}{more} --name NAME";

    private static IEnumerable<(string Option, string Path)> Others(IReadOnlyList<(string Name, string Path, string? ImageFolder)> parts) =>
        from item in new[] { ("val", "--validation-dataset"), ("test", "--test-dataset") }
        let path = Named(parts, item.Item1)
        where path is not null
        select (item.Item2, path);

    private static string Place(string output, IReadOnlyList<(string Name, string Path, string? ImageFolder)> parts) =>
        parts.Count == 1 && !Directory.Exists(Path.Combine(output, parts[0].Name)) ? output : Path.Combine(output, parts[^1].Name);

    private static string? Named(IReadOnlyList<(string Name, string Path, string? ImageFolder)> parts, string name) => parts.FirstOrDefault(part => part.Name == name).Path;
}
