using System.Text.Json;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Annotations.Labelme;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Folders;

namespace MLNetVision.Imaging.Annotations.Forms;

/// <summary>Tells the form of annotations by what is in their files.</summary>
public static class AnnotationForms
{
    private const int FilesLookedAt = 20;

    /// <summary>The form of a file, or of the files in a folder.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some.</param>
    /// <returns>The form and the file or folder that its loader takes; null if it is none of the known ones.</returns>
    public static (AnnotationForm Form, string Path)? Recognise(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            return OfFile(path) is { } form ? (form, form is AnnotationForm.Labelme or AnnotationForm.VocBoxes ? Path.GetDirectoryName(Path.GetFullPath(path))! : path) : null;
        }

        if (!Directory.Exists(path))
        {
            return null;
        }

        IEnumerable<string> candidates = Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
            .Concat(Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal).SelectMany(folder => Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Take(FilesLookedAt)));
        foreach (string file in candidates.Where(file => Path.GetExtension(file).ToLowerInvariant() is ".json" or ".yaml" or ".yml" or ".xml").Take(FilesLookedAt))
        {
            if (OfFile(file) is { } form)
            {
                return (form, form == AnnotationForm.Labelme ? path : form == AnnotationForm.VocBoxes ? Path.GetDirectoryName(Path.GetFullPath(file))! : file);
            }
        }

        return null;
    }

    /// <summary>Opens annotations of any form that can be told.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <param name="form">The form that was told.</param>
    /// <exception cref="InvalidDataException">The form cannot be told, or the file is broken.</exception>
    public static AnnotationSource Open(string path, string? imageFolder, SegmentationLoadOptions? options, out AnnotationForm form)
    {
        (form, string found) = Recognise(path) ?? throw new InvalidDataException(
            $"'{path}' is in none of the known forms: COCO's JSON, VoTT's export, labelme's or Pascal VOC's files, YOLO's data.yaml. Label maps need the names of their classes: LoadFromSemanticMasks loads them.");
        return form switch
        {
            AnnotationForm.CocoPanoptic => CocoPanoptic.Open(found, imageFolder ?? ImagesBeside(found), options: options),
            AnnotationForm.Vott => VottAnnotations.Open(found, imageFolder, options),
            AnnotationForm.Labelme => LabelmeAnnotations.Open(found, options),
            AnnotationForm.Yolo => YoloAnnotations.Open(found, options: options),
            AnnotationForm.VocBoxes => VocAnnotations.Open(found, imageFolder, options),
            _ => CocoInstances.Open(found, imageFolder ?? ImagesBeside(found), options, onlyBoxes: form == AnnotationForm.CocoBoxes),
        };
    }

    // The folder "images" beside the file, the one called like the part of the data set, or the file's own.
    private static string ImagesBeside(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string part = Path.GetFileNameWithoutExtension(file).Split('_')[^1];
        string[] places = [Path.Combine(folder, "images"), Path.Combine(folder, part), Path.Combine(Path.GetDirectoryName(folder) ?? folder, part), Path.Combine(Path.GetDirectoryName(folder) ?? folder, "images")];
        return FileEndings.Pictures(Directory.EnumerateFiles(folder)).Any() ? folder : places.FirstOrDefault(Directory.Exists) ?? folder;
    }

    private static AnnotationForm? OfFile(string file)
    {
        try
        {
            return Path.GetExtension(file).ToLowerInvariant() switch
            {
                ".yaml" or ".yml" => YoloDataFile.Read(file) is { Splits.Count: > 0 } ? AnnotationForm.Yolo : null,
                ".xml" => VocAnnotations.IsAnnotation(file) ? AnnotationForm.VocBoxes : null,
                _ => OfJson(file),
            };
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static AnnotationForm? OfJson(string file)
    {
        IReadOnlyDictionary<string, JsonElement?> fields = JsonOutline.Read(file);
        if (fields.ContainsKey("images") && fields.TryGetValue("annotations", out JsonElement? first))
        {
            return first?.Optional("segments_info") is not null ? AnnotationForm.CocoPanoptic
                : first?.Optional("segmentation") is null && first?.Optional("bbox") is not null ? AnnotationForm.CocoBoxes
                : AnnotationForm.CocoInstances;
        }

        return fields.ContainsKey("assets") && fields.ContainsKey("tags") ? AnnotationForm.Vott : fields.ContainsKey("shapes") ? AnnotationForm.Labelme : null;
    }
}
