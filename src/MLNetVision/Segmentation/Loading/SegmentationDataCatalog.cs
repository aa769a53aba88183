using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Figures;
using MLNetVision.Imaging.Annotations.Forms;
using MLNetVision.Imaging.Annotations.LabelMaps;
using MLNetVision.Imaging.Annotations.Labelme;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Internals;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Loading;

namespace Microsoft.ML;

/// <summary>
/// Loads annotated images as the one row that all segmentation tasks share (<see cref="SegmentationColumns"/>). Pictures
/// stay paths, and masks are read when their row is, so that a data set may be larger than the memory.
/// </summary>
public static class SegmentationDataCatalog
{
    /// <summary>Loads COCO's instance annotations: polygons, run lengths of both forms, crowds. All classes are things unless a category says <c>isthing: 0</c>.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="annotationFile">The JSON file, with images, annotations and categories.</param>
    /// <param name="imageFolder">The folder that the images' file names count from.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromCocoInstances(this DataOperationsCatalog catalog, string annotationFile, string imageFolder, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromCocoInstances), options, given => CocoInstances.Open(annotationFile, imageFolder, given), boxes: false, annotationFile, imageFolder);

    /// <summary>
    /// Loads the boxes of COCO's annotations, for <c>mlContext.ObjectDetection</c>: rows without masks, which the annotations need not
    /// have.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="annotationFile">The JSON file, with images, annotations and categories.</param>
    /// <param name="imageFolder">The folder that the images' file names count from.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromCocoBoxes(this DataOperationsCatalog catalog, string annotationFile, string imageFolder, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromCocoBoxes), options, given => CocoInstances.Open(annotationFile, imageFolder, given, onlyBoxes: true), boxes: true, annotationFile, imageFolder);

    /// <summary>Loads COCO's panoptic annotations, things and stuff.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="annotationFile">The JSON file, with images, annotations and categories.</param>
    /// <param name="imageFolder">The folder that the images' file names count from.</param>
    /// <param name="maskFolder">The folder of the PNG masks; null for the file's own name without ".json", as COCO has it.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromCocoPanoptic(
        this DataOperationsCatalog catalog, string annotationFile, string imageFolder, string? maskFolder = null, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromCocoPanoptic), options,
            given => CocoPanoptic.Open(annotationFile, imageFolder, maskFolder, given), boxes: false, annotationFile, imageFolder);

    /// <summary>Loads semantic label maps: one PNG for each picture, whose values (grey levels, palette indices, or colours by a table) are classes. A row has one segment for each class present.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="imageFolder">The folder of pictures.</param>
    /// <param name="maskFolder">The folder of label maps, in the same folders and of the same names as the pictures.</param>
    /// <param name="classes">The names of the classes, in the order of their values.</param>
    /// <param name="masks">What the values mean; the defaults if null.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no label map. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromSemanticMasks(
        this DataOperationsCatalog catalog, string imageFolder, string maskFolder, IReadOnlyList<string> classes, SemanticMaskOptions? masks = null, SegmentationLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Load(catalog, nameof(LoadFromSemanticMasks), options, _ => SemanticMasks.Open(imageFolder, maskFolder, classes, masks), boxes: false, imageFolder, maskFolder);
    }

    /// <summary>Loads the JSON export of VoTT: polygons and rectangles.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="exportFile">The exported JSON file.</param>
    /// <param name="imageFolder">The folder of pictures; null for that of the file.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not of this form. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromVott(this DataOperationsCatalog catalog, string exportFile, string? imageFolder = null, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromVott), options, given => VottAnnotations.Open(exportFile, imageFolder, given), boxes: false, exportFile);

    /// <summary>Loads a folder of JSON files of labelme and its successors: polygons, rectangles, circles and masks. The classes are all labels of the folder, sorted.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="folder">The folder; pictures are where the files say, counted from the file.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no annotation. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromLabelme(this DataOperationsCatalog catalog, string folder, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromLabelme), options, given => LabelmeAnnotations.Open(folder, given), boxes: false, folder);

    /// <summary>
    /// Loads annotations of whichever form they have: COCO's instances or panoptic scenes, VoTT, labelme, YOLO's polygons (the split "train"), Pascal
    /// VOC's masks.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="path">The annotation file (YOLO's: data.yaml), or a folder with it; Pascal VOC's folder with JPEGImages and SegmentationClass.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="InvalidDataException">The form cannot be told, has boxes but no masks, the folder has several files of annotations, or the file is broken. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadSegmentation(this DataOperationsCatalog catalog, string path, string? imageFolder = null, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadSegmentation), options, given =>
        {
            AnnotationSource source = AnnotationForms.Open(path, imageFolder, given, out AnnotationForm form);
            return form is not (AnnotationForm.CocoBoxes or AnnotationForm.VocBoxes)
                ? source
                : throw new InvalidDataException($"'{path}' has boxes but no masks. {(form == AnnotationForm.CocoBoxes ? nameof(LoadFromCocoBoxes) : nameof(LoadFromVocBoxes))} loads boxes.");
        }, boxes: false, path);

    /// <summary>Counts what is in annotations of any form that can be told, and what is wrong with them: of each class, of each split. The result prints as tables.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="path">The annotation file, or a folder with one or several.</param>
    /// <param name="imageFolder">The folder of pictures; null to look for it beside the annotations.</param>
    /// <param name="options">How it is read; the defaults if null.</param>
    /// <exception cref="InvalidDataException">The form cannot be told, or the only file is broken.</exception>
    public static AnnotationCheck CheckSegmentation(this DataOperationsCatalog catalog, string path, string? imageFolder = null, SegmentationLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return AnnotationCheck.Of(path, imageFolder, options);
    }

    /// <summary>Loads YOLO's polygons. All classes are things. Folders of pictures lie in that of the file (also where it says ../train/images, as Roboflow writes), unless the options allow others.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="dataFile">The data.yaml, with the classes and the folders of the splits.</param>
    /// <param name="split">The split: "train", "val" or "test".</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file names no classes or no such split, or its folder lies outside of the file's own, which the options can allow. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromYolo(this DataOperationsCatalog catalog, string dataFile, string split = "train", SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromYolo), options, given => YoloAnnotations.Open(dataFile, split, given), boxes: false, dataFile);

    /// <summary>Loads YOLO's boxes, for <c>mlContext.ObjectDetection</c>; polygons give theirs.</summary>
    /// <inheritdoc cref="LoadFromYolo" path="/param | /exception"/>
    public static IDataView LoadFromYoloBoxes(this DataOperationsCatalog catalog, string dataFile, string split = "train", SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromYoloBoxes), options, given => YoloAnnotations.Open(dataFile, split, given, onlyBoxes: true), boxes: true, dataFile);

    /// <summary>
    /// Loads Pascal VOC's masks: the palette PNGs of SegmentationClass and SegmentationObject, of which 255 is void. The classes are those of
    /// labelmap.txt, or of the challenge where there is no such file.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="folder">The folder with JPEGImages, SegmentationClass and the others.</param>
    /// <param name="split">The split, a list in ImageSets/Segmentation: "train", "val" or "trainval"; null for all label maps.</param>
    /// <param name="objects">Whether segments are objects, without background; otherwise there is one for each class present, background among them as stuff.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or it has no label maps.</exception>
    /// <exception cref="InvalidDataException">There is no such split, or it is empty. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromVocMasks(this DataOperationsCatalog catalog, string folder, string? split = null, bool objects = true, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromVocMasks), options, given => VocMasks.Open(folder, split, objects, options: given), boxes: false, folder);

    /// <summary>Loads Pascal VOC's boxes, for <c>mlContext.ObjectDetection</c>; difficult objects are crowds. <see cref="LoadFromVocMasks"/> loads its masks.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="annotationFolder">The folder of XML files.</param>
    /// <param name="imageFolder">The folder of pictures; null for JPEGImages beside, or where there is none the folder itself.</param>
    /// <param name="options">What to do with bad records, and more; the defaults if null.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no annotation. Later, while reading, a bad record if the options say so.</exception>
    public static IDataView LoadFromVocBoxes(this DataOperationsCatalog catalog, string annotationFolder, string? imageFolder = null, SegmentationLoadOptions? options = null) =>
        Load(catalog, nameof(LoadFromVocBoxes), options, given => VocAnnotations.Open(annotationFolder, imageFolder, given), boxes: true, annotationFolder);

    private static IDataView Load(DataOperationsCatalog catalog, string name, SegmentationLoadOptions? options, Func<SegmentationLoadOptions, AnnotationSource> open, bool boxes, params ReadOnlySpan<string> paths)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        foreach (string path in paths)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
        }

        IHost host = HostAccess.EnvironmentOf(catalog).Register(name);
        options ??= new SegmentationLoadOptions();
        AnnotationSource source = name == nameof(LoadSegmentation) ? open(options) : Open(open, options, paths[0]);
        return boxes ? SegmentationRows.AsBoxes(catalog, host, source, options) : SegmentationRows.AsDataView(catalog, host, source, options);
    }

    // A file of another form is often only given to the wrong loader.
    private static AnnotationSource Open(Func<SegmentationLoadOptions, AnnotationSource> open, SegmentationLoadOptions options, string path)
    {
        try
        {
            return open(options);
        }
        catch (InvalidDataException e) when (!e.Message.Contains("Load", StringComparison.Ordinal) && AnnotationForms.Recognise(path) is { } found)
        {
            throw new InvalidDataException($"{e.Message} The form of '{found.Path}' looks like {AnnotationForms.NameOf(found.Form)}; {nameof(LoadSegmentation)} loads the forms that it can tell.", e);
        }
    }
}
