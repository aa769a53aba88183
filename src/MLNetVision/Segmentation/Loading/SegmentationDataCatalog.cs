using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Labelme;
using MLNetVision.Imaging.Annotations.LabelMaps;
using MLNetVision.Internals;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Loading;

namespace Microsoft.ML;

/// <summary>
/// Loads annotated images as, and saves them from, the one row that all segmentation tasks share (<see cref="SegmentationColumns"/>). Pictures
/// stay paths, and masks are read when their row is, so that a data set may be larger than the memory.
/// </summary>
public static class SegmentationDataCatalog
{
    private const string WithoutPrediction = "have no prediction to save";

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

    /// <summary>Saves the things of universal rows as a COCO instance file with compressed run lengths.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="annotationFile">The file; it is written beside its place and then moved there.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    public static void SaveToCocoInstances(this DataOperationsCatalog catalog, IDataView data, string annotationFile, CocoSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(annotationFile);
        CocoRowReader reader = Reader(catalog, data, options);
        CocoFileWriter.SaveInstances(reader.Classes(), reader.Rows(), annotationFile, () => HostAccess.CheckAlive(HostAccess.EnvironmentOf(catalog)));
        reader.Unreadable.Report(HostAccess.EnvironmentOf(catalog), WithoutPrediction);
    }

    /// <summary>Saves universal rows whose segments do not overlap as a COCO panoptic file with its folder of PNGs.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="annotationFile">The file; it is written last, beside its place, and then moved there.</param>
    /// <param name="maskFolder">The folder of the PNG masks; null for the file's own name without ".json", as COCO has it.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="InvalidDataException">Segments of a row overlap.</exception>
    public static void SaveToCocoPanoptic(this DataOperationsCatalog catalog, IDataView data, string annotationFile, string? maskFolder = null, CocoSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(annotationFile);
        CocoRowReader reader = Reader(catalog, data, options);
        CocoFileWriter.SavePanoptic(
            reader.Classes(), reader.Rows(), annotationFile, maskFolder ?? Path.ChangeExtension(annotationFile, null), () => HostAccess.CheckAlive(HostAccess.EnvironmentOf(catalog)));
        reader.Unreadable.Report(HostAccess.EnvironmentOf(catalog), WithoutPrediction);
    }

    private static CocoRowReader Reader(DataOperationsCatalog catalog, IDataView data, CocoSaveOptions? options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return new CocoRowReader(data, options ?? new CocoSaveOptions());
    }

    private static IDataView Load(DataOperationsCatalog catalog, string name, SegmentationLoadOptions? options, Func<SegmentationLoadOptions, AnnotationSource> open, bool boxes, params ReadOnlySpan<string> paths)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        foreach (string path in paths)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
        }

        IHost host = HostAccess.EnvironmentOf(catalog).Register(name);
        options ??= new SegmentationLoadOptions();
        return boxes ? SegmentationRows.AsBoxes(catalog, host, open(options), options) : SegmentationRows.AsDataView(catalog, host, open(options), options);
    }
}
