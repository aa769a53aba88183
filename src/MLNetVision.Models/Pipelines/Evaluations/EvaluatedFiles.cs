using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Folders;

namespace MLNetVision.Models.Pipelines.Evaluations;

/// <summary>Finds the pictures with labels that an evaluation is of.</summary>
internal static class EvaluatedFiles
{
    /// <summary>The pictures of a part of a folder or list. Whether they can be read is seen later: one that cannot counts as wrong.</summary>
    /// <param name="path">A folder with a subfolder for each label, also divided, or a list.</param>
    /// <param name="split">The part; null for the one to evaluate on.</param>
    /// <param name="problem">Told what was left out.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">There is no picture, or no such part.</exception>
    public static IReadOnlyList<LabelledFile> Find(string path, string? split, Action<string>? problem)
    {
        string full = Path.GetFullPath(path);
        if ((File.Exists(full) || (Directory.Exists(full) && !LabelFolders.HasLabels(full))) && AnnotationForms.Recognise(full) is { } annotations)
        {
            throw new InvalidDataException(
                $"'{path}' holds annotations of segments ({AnnotationForms.NameOf(annotations.Form)}), by which a network that segments is evaluated; this one is a LeViT and classifies pictures: it needs a folder with a subfolder of pictures for each class, or a CSV list of paths and labels.");
        }

        LabelledFiles found = Directory.Exists(full) ? LabelFolders.Find(full, checkFiles: false)
            : File.Exists(full) ? ImageList.Read(full, checkFiles: false, hasHeader: null)
            : throw new DirectoryNotFoundException($"There is neither a folder nor a file '{full}'.");
        foreach (string bad in found.Bad)
        {
            problem?.Invoke(bad);
        }

        string[] parts = [.. found.Files.Select(file => file.Split).OfType<string>().Distinct()];
        if (parts.Length == 0)
        {
            return split is null ? found.Files : throw new InvalidDataException($"'{full}' is not divided into parts, so that it has no '{split}'.");
        }

        string wanted = split is "val" or "valid" ? "validation" : split ?? (parts.Contains("test") ? "test" : parts.Contains("validation") ? "validation" : parts[0]);
        return parts.Contains(wanted) ? [.. found.Files.Where(file => file.Split == wanted)]
            : throw new InvalidDataException($"'{full}' has no part '{wanted}'; its parts are {string.Join(", ", parts)}.");
    }
}
