using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Voc;
using MLNetVision.Imaging.Annotations.Yolo;
using MLNetVision.Internals;
using MLNetVision.Segmentation;
using MLNetVision.Segmentation.Saving;

namespace Microsoft.ML;

/// <summary>
/// Saves the one row that all segmentation tasks share (<see cref="SegmentationColumns"/>) in the forms that other programs read. No file of the
/// user's is written over.
/// </summary>
public static class SegmentationSavingCatalog
{
    private const string WithoutPrediction = "have no prediction to save";

    /// <summary>Saves the things of universal rows as a COCO instance file with compressed run lengths.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="annotationFile">The file; it is written beside its place and then moved there.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    public static void SaveToCocoInstances(this DataOperationsCatalog catalog, IDataView data, string annotationFile, AnnotationSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(annotationFile);
        SavedRowReader reader = Reader(catalog, data, options, needsMasks: true);
        CocoFileWriter.SaveInstances(reader.Classes(), reader.Rows(), annotationFile, CheckAlive(catalog));
        Report(catalog, reader);
    }

    /// <summary>Saves universal rows whose segments do not overlap as a COCO panoptic file with its folder of PNGs.</summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="annotationFile">The file; it is written last, beside its place, and then moved there.</param>
    /// <param name="maskFolder">The folder of the PNG masks; null for the file's own name without ".json", as COCO has it.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="InvalidDataException">Segments of a row overlap.</exception>
    /// <exception cref="IOException">A mask's file exists and is no mask that this library wrote: a picture in the same folder, say.</exception>
    public static void SaveToCocoPanoptic(this DataOperationsCatalog catalog, IDataView data, string annotationFile, string? maskFolder = null, AnnotationSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(annotationFile);
        SavedRowReader reader = Reader(catalog, data, options, needsMasks: true);
        CocoFileWriter.SavePanoptic(
            reader.Classes(), reader.Rows(), annotationFile, maskFolder ?? Path.ChangeExtension(annotationFile, null), CheckAlive(catalog));
        Report(catalog, reader);
    }

    /// <summary>
    /// Saves universal rows as a data set of YOLO's form: a label file and a copy of the picture for each, and data.yaml. Segments become polygons, with
    /// all parts and holes in one line; crowds, which the form does not know, are left out.
    /// </summary>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="folder">The data set's folder; another split of it may have been saved before.</param>
    /// <param name="split">The split, a key of data.yaml: "train", "val" or "test".</param>
    /// <param name="boxes">Whether lines are boxes instead of polygons, for detection; rows then need no masks.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="IOException">A file of the split exists, or the folder has a data.yaml that is not of this library or has other classes.</exception>
    public static void SaveToYolo(this DataOperationsCatalog catalog, IDataView data, string folder, string split = "train", bool boxes = false, AnnotationSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        SavedRowReader reader = Reader(catalog, data, options, needsMasks: !boxes);
        YoloWriter.Save(reader.Classes(), reader.Rows(), folder, split, boxes, options?.CopyPictures ?? true, CheckAlive(catalog));
        Report(catalog, reader);
    }

    /// <summary>
    /// Saves universal rows as a data set of Pascal VOC's form: a file of boxes and a copy of the picture for each, lists of the split, and the classes in
    /// labelmap.txt. Rows with masks get label maps of classes and of objects with VOC's palette; there crowds are void (255).
    /// </summary>
    /// <remarks>
    /// Without a class called "background" what no segment covers is background (0). With one it is void, and the class's pixels are background. Where
    /// segments overlap, later ones lie over earlier ones.
    /// </remarks>
    /// <param name="catalog">The catalog of data operations.</param>
    /// <param name="data">Rows as the loaders give them, or as a model predicts them.</param>
    /// <param name="folder">The data set's folder; another split of it may have been saved before.</param>
    /// <param name="split">The name of the lists: "train", "val" or "trainval".</param>
    /// <param name="boxes">Whether only boxes are saved; rows then need no masks.</param>
    /// <param name="options">Which columns; those of the truth if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has another type.</exception>
    /// <exception cref="InvalidDataException">There are more than 254 classes, or objects in a picture.</exception>
    /// <exception cref="IOException">A file of the split exists, or the folder has a labelmap.txt of other classes.</exception>
    public static void SaveToVoc(this DataOperationsCatalog catalog, IDataView data, string folder, string split = "train", bool boxes = false, AnnotationSaveOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        SavedRowReader reader = Reader(catalog, data, options, needsMasks: !boxes);
        VocWriter.Save(reader.Classes(), reader.Rows(), folder, split, boxes, options?.CopyPictures ?? true, CheckAlive(catalog));
        Report(catalog, reader);
    }

    private static SavedRowReader Reader(DataOperationsCatalog catalog, IDataView data, AnnotationSaveOptions? options, bool needsMasks)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return new SavedRowReader(data, options ?? new AnnotationSaveOptions(), needsMasks);
    }

    private static Action CheckAlive(DataOperationsCatalog catalog) => () => HostAccess.CheckAlive(HostAccess.EnvironmentOf(catalog));

    private static void Report(DataOperationsCatalog catalog, SavedRowReader reader) => reader.Unreadable.Report(HostAccess.EnvironmentOf(catalog), WithoutPrediction);
}
