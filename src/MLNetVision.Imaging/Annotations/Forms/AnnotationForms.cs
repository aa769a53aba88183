using System.Text.Json;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Json;
using MLNetVision.Imaging.Annotations.LabelMaps;
using MLNetVision.Imaging.Annotations.Labelme;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Imaging.Folders;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Imaging.Annotations.Forms;

/// <summary>Tells the form of annotations by what is in their files.</summary>
public static class AnnotationForms
{
    private const int FilesLookedAt = 20;

    /// <summary>The form of a file, or of the files in a folder.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some.</param>
    /// <returns>The form and the file or folder that its loader takes, the first where there are several; null if it is none of the known ones.</returns>
    public static (AnnotationForm Form, string Path)? Recognise(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            return OfFile(path, out _) is { } form ? (form, IsOfFolder(form) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path) : null;
        }

        return !Directory.Exists(path) ? null
            : VocMasks.IsOne(path) ? (AnnotationForm.VocMasks, path)
            : Candidates(path).Select(file => OfFile(file, out _) is { } form ? (form, PathOf(form, file, path)) : ((AnnotationForm, string)?)null).FirstOrDefault(found => found is not null);
    }

    /// <summary>What people call a form.</summary>
    internal static string NameOf(AnnotationForm form) => form switch
    {
        AnnotationForm.CocoInstances => "COCO instances",
        AnnotationForm.CocoBoxes => "COCO boxes",
        AnnotationForm.CocoPanoptic => "COCO panoptic",
        AnnotationForm.Vott => "VoTT",
        AnnotationForm.Labelme => "labelme",
        AnnotationForm.Yolo => "YOLO",
        AnnotationForm.VocBoxes => "Pascal VOC boxes",
        _ => "Pascal VOC masks",
    };

    /// <summary>The task that annotations of a form that can be told are for: panoptic scenes, instances, or classes alone.</summary>
    /// <exception cref="InvalidDataException">The form cannot be told.</exception>
    internal static SegmentationTask UsualTask(string path)
    {
        (AnnotationForm form, string found) = Recognise(path) ?? throw Unknown(path);
        return form == AnnotationForm.CocoPanoptic ? SegmentationTask.Panoptic
            : form == AnnotationForm.VocMasks && !Directory.Exists(Path.Combine(found, VocMasks.ObjectFolder)) ? SegmentationTask.Semantic
            : SegmentationTask.Instance;
    }

    /// <summary>Opens annotations of any form that can be told; of YOLO's the split "train".</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <param name="form">The form that was told.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The form cannot be told, the folder has several files of annotations, or the file is broken.</exception>
    public static AnnotationSource Open(string path, string? imageFolder, SegmentationLoadOptions? options, out AnnotationForm form)
    {
        CheckExists(path);
        (form, string found) = Recognise(path) ?? throw Unknown(path);
        if (Directory.Exists(path) && Files(form, path) is { Count: > 1 } several)
        {
            throw new InvalidDataException($"'{path}' holds {several.Count} files of annotations ({string.Join(", ", several.Take(5).Select(file => Path.GetRelativePath(path, file)))}{(several.Count > 5 ? ", …" : string.Empty)}): name one.");
        }

        return Open(form, found, imageFolder, options);
    }

    /// <summary>Opens one split of annotations of any form that can be told, or label maps whose classes are named.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some; or a folder of label maps.</param>
    /// <param name="split">The split, or of several files in a folder one of them; null for the only one, or of several the one to evaluate on: "test", else the validation data.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="maskClasses">The classes of label maps in the order of their values; null for annotations.</param>
    /// <param name="masks">What the values of label maps mean; the defaults if null.</param>
    /// <param name="options">How they are read; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">The form cannot be told, there is no such split, or there are several and none is called so; or a file is broken.</exception>
    public static AnnotationSource OpenSplit(string path, string? split, string? imageFolder, IReadOnlyList<string>? maskClasses = null, SemanticMaskOptions? masks = null, SegmentationLoadOptions? options = null) =>
        OpenSplit(path, split, imageFolder, maskClasses, masks, options, onlyBoxes: false);

    // Of YOLO's form, of which a line is a box or a polygon, boxes may do.
    internal static AnnotationSource OpenSplit(
        string path, string? split, string? imageFolder, IReadOnlyList<string>? maskClasses, SemanticMaskOptions? masks, SegmentationLoadOptions? options, bool onlyBoxes)
    {
        IReadOnlyList<(string Split, Func<AnnotationSource> Open)> splits = OpenSplits(path, imageFolder, maskClasses, masks, options, onlyBoxes);
        if (splits.Count == 1 && split is null)
        {
            return splits[0].Open();
        }

        string[] wanted = split is null ? ["test", "val", "valid", "validation"] : [split];
        string? found = wanted.SelectMany(name => splits.Where(part => part.Split == name || Path.GetFileNameWithoutExtension(part.Split) == name || part.Split.Split('/', '\\')[0] == name))
            .Select(part => part.Split).FirstOrDefault();
        return found is not null ? splits.First(part => part.Split == found).Open() : throw new InvalidDataException(
            $"'{path}' has {(split is null ? "several parts, and none is called test or val" : $"no part '{split}'")}; its parts are {string.Join(", ", splits.Select(part => part.Split))}.");
    }

    /// <summary>Opens all splits of annotations of any form that can be told, or label maps whose classes are named.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    internal static IReadOnlyList<(string Split, Func<AnnotationSource> Open)> OpenSplits(
        string path, string? imageFolder, IReadOnlyList<string>? maskClasses, SemanticMaskOptions? masks, SegmentationLoadOptions? options, bool onlyBoxes)
    {
        CheckExists(path);
        return maskClasses is null
            ? Splits(path, imageFolder, options, out _, onlyBoxes)
            : [(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), () => SemanticMasks.Open(imageFolder ?? ImagesOf(path), path, maskClasses, masks))];
    }

    /// <summary>Opens all splits of annotations of any form that can be told.</summary>
    /// <param name="path">A JSON, YAML or XML file, or a folder with some.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">How they are read; the defaults if null.</param>
    /// <param name="form">The form that was told.</param>
    /// <param name="onlyBoxes">Whether of YOLO's form boxes will do.</param>
    /// <returns>Each split's name and what opens it, which throws where the split is broken.</returns>
    /// <exception cref="InvalidDataException">The form cannot be told.</exception>
    internal static IReadOnlyList<(string Split, Func<AnnotationSource> Open)> Splits(
        string path, string? imageFolder, SegmentationLoadOptions? options, out AnnotationForm form, bool onlyBoxes = false)
    {
        (AnnotationForm told, string found) = Recognise(path) ?? throw Unknown(path);
        form = told;
        switch (told)
        {
            case AnnotationForm.Yolo:
                return [.. YoloDataFile.Read(found).SplitsNamed.Select(split => (split, (Func<AnnotationSource>)(() => YoloAnnotations.Open(found, split, options, onlyBoxes))))];
            case AnnotationForm.VocMasks when VocMasks.Splits(found) is { Count: > 0 } lists:
                return [.. lists.Select(split => (split, (Func<AnnotationSource>)(() => OpenVoc(found, split, options))))];
            case AnnotationForm.Labelme when Directory.Exists(path) && SplitFolders(path) is { Length: > 0 } folders:
                return [.. folders.Select(folder => (Path.GetFileName(folder), (Func<AnnotationSource>)(() => LabelmeAnnotations.Open(folder, options))))];
            case var _ when Directory.Exists(path) && Files(told, path) is { Count: > 1 } several:
                return [.. several.Select(file => (Path.GetRelativePath(path, file), (Func<AnnotationSource>)(() => Open(OfFile(file, out _)!.Value, file, imageFolder, options))))];
            default:
                return [(Path.GetFileName(Path.TrimEndingDirectorySeparator(found)), () => Open(told, found, imageFolder, options))];
        }
    }

    /// <summary>The annotations of each part of a folder that has a file or folder for each: as Roboflow exports COCO's form, and as COCO's own are called.</summary>
    /// <returns>The files or folders by "train", "validation" and "test"; nothing where the folder is not divided so, or the parts cannot be told apart.</returns>
    internal static IReadOnlyDictionary<string, string> Parts(string path)
    {
        string[] files = !Directory.Exists(path) || Recognise(path) is not { } told ? []
            : told.Form == AnnotationForm.Labelme ? SplitFolders(path) : [.. Files(told.Form, path)];
        (string? Part, string File)[] parts = [.. files.Select(file => (LabelFolders.PartNamedIn(Path.GetRelativePath(path, file)), file))];
        bool isDivided = parts.Any(part => part.Part == "train") && parts.All(part => part.Part is not null) && parts.DistinctBy(part => part.Part).Count() == parts.Length
            && files.Select(file => File.Exists(file) ? OfFile(file, out _) : null).Distinct().Count() == 1;
        return isDivided ? parts.ToDictionary(part => part.Part!, part => part.File, StringComparer.Ordinal) : new Dictionary<string, string>();
    }

    private static AnnotationSource Open(AnnotationForm form, string found, string? imageFolder, SegmentationLoadOptions? options) => form switch
    {
        AnnotationForm.CocoPanoptic => CocoPanoptic.Open(found, imageFolder ?? ImagesBeside(found), options: options),
        AnnotationForm.Vott => VottAnnotations.Open(found, imageFolder, options),
        AnnotationForm.Labelme => LabelmeAnnotations.Open(found, options),
        AnnotationForm.Yolo => YoloAnnotations.Open(found, options: options),
        AnnotationForm.VocBoxes => VocAnnotations.Open(found, imageFolder, options),
        AnnotationForm.VocMasks => OpenVoc(found, null, options),
        _ => CocoInstances.Open(found, imageFolder ?? ImagesBeside(found), options, onlyBoxes: form == AnnotationForm.CocoBoxes),
    };

    private static AnnotationSource OpenVoc(string folder, string? split, SegmentationLoadOptions? options) =>
        VocMasks.Open(folder, split, objects: Directory.Exists(Path.Combine(folder, VocMasks.ObjectFolder)), options: options);

    private static void CheckExists(string path)
    {
        if (!Path.Exists(path))
        {
            throw new FileNotFoundException($"There is no file or folder '{Path.GetFullPath(path)}'.", path);
        }
    }

    /// <summary>Says why the form of annotations cannot be told: of a file that is broken what is wrong with it.</summary>
    internal static InvalidDataException Unknown(string path)
    {
        string[] files = !File.Exists(path) ? [.. Candidates(path)] : MayBeAnnotations(path) ? [path] : [];
        (string File, string Problem)? broken = null;
        foreach (string file in files)
        {
            OfFile(file, out string? problem);
            broken ??= problem is null ? null : (file, problem);
        }

        return new InvalidDataException(broken is null ? NoForm(path) : File.Exists(path) ? $"The form of '{path}' cannot be told: {broken.Value.Problem}"
            : $"{NoForm(path)} '{broken.Value.File}' cannot be read: {broken.Value.Problem}");
    }

    private static string NoForm(string path) =>
        $"'{path}' is in none of the known forms: COCO's JSON, VoTT's export, labelme's files, Pascal VOC's files or folder, YOLO's data.yaml. "
        + (Directory.Exists(path) && LabelFolders.HasLabels(path)
            ? "It holds pictures in folders, as for a classification."
            : Directory.Exists(path) && FileEndings.Pictures(FolderFiles.In(path)).Any() ? "It holds pictures alone: those to classify lie in a folder for each class, and label maps need the names of their classes (LoadFromSemanticMasks)." : "Label maps need the names of their classes: LoadFromSemanticMasks loads them.");

    private static bool IsOfFolder(AnnotationForm form) => form is AnnotationForm.Labelme or AnnotationForm.VocBoxes;

    private static string PathOf(AnnotationForm form, string file, string folder) =>
        form == AnnotationForm.Labelme ? folder : form == AnnotationForm.VocBoxes ? Path.GetDirectoryName(Path.GetFullPath(file))! : file;

    private static IEnumerable<string> Candidates(string folder) => FolderFiles.In(folder).Order(StringComparer.Ordinal)
        .Concat(FolderFiles.Subfolders(folder).SelectMany(sub => FolderFiles.In(sub).Order(StringComparer.Ordinal).Take(FilesLookedAt)))
        .Where(MayBeAnnotations).Take(FilesLookedAt);

    private static bool MayBeAnnotations(string file) => Path.GetExtension(file).ToLowerInvariant() is ".json" or ".yaml" or ".yml" or ".xml";

    // Of forms with one file for a whole data set or split there may be several beside each other, of one form or of several.
    private static List<string> Files(AnnotationForm form, string folder) =>
        IsOfOneFile(form) ? [.. Candidates(folder).Where(file => OfFile(file, out _) is { } other && IsOfOneFile(other))] : [];

    private static bool IsOfOneFile(AnnotationForm form) =>
        form is AnnotationForm.CocoInstances or AnnotationForm.CocoBoxes or AnnotationForm.CocoPanoptic or AnnotationForm.Vott or AnnotationForm.Yolo;

    // The folder "images" beside the label maps.
    private static string ImagesOf(string maskFolder) => Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(maskFolder))) ?? maskFolder, "images");

    private static string[] SplitFolders(string folder) => Directory.EnumerateFiles(folder, "*.json").Any() ? []
        : [.. Directory.EnumerateDirectories(folder).Where(sub => Path.GetFileName(sub).ToLowerInvariant() is "train" or "training" or "val" or "valid" or "validation" or "test" or "testing")
            .Where(sub => Directory.EnumerateFiles(sub, "*.json", SearchOption.AllDirectories).Any()).Order(StringComparer.Ordinal)];

    // The folder "images" beside the file, the one called like the part of the data set, or the file's own.
    private static string ImagesBeside(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string part = Path.GetFileNameWithoutExtension(file).Split('_')[^1];
        string[] places = [Path.Combine(folder, "images"), Path.Combine(folder, part), Path.Combine(Path.GetDirectoryName(folder) ?? folder, part), Path.Combine(Path.GetDirectoryName(folder) ?? folder, "images")];
        return FileEndings.Pictures(Directory.EnumerateFiles(folder)).Any() ? folder : places.FirstOrDefault(Directory.Exists) ?? folder;
    }

    private static AnnotationForm? OfFile(string file, out string? problem)
    {
        problem = null;
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
            problem = e.Message;
            return null;
        }
    }

    private static AnnotationForm? OfJson(string file)
    {
        IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> fields = JsonOutline.Read(file);
        if (fields.ContainsKey("images") && fields.TryGetValue("annotations", out IReadOnlyList<JsonElement>? annotations))
        {
            return annotations is [var first, ..] && first.Optional("segments_info") is not null ? AnnotationForm.CocoPanoptic
                : annotations.Count > 0 && annotations.All(CocoInstances.IsBoxAlone) ? AnnotationForm.CocoBoxes
                : AnnotationForm.CocoInstances;
        }

        return fields.ContainsKey("assets") && fields.ContainsKey("tags") ? AnnotationForm.Vott : fields.ContainsKey("shapes") ? AnnotationForm.Labelme : null;
    }
}
