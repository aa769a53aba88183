using MLNetVision.Imaging.Annotations;
using MLNetVision.Imaging.Annotations.Coco;
using MLNetVision.Imaging.Annotations.Saving;
using MLNetVision.Imaging.Segments;

namespace MLNetVision.Models.Pipelines.Predictions;

/// <summary>Writes predicted segments as COCO files, which annotation tools and evaluations read.</summary>
public static class PredictionCocoFile
{
    /// <summary>Writes an instance file with scores. Pictures without an answer are not in it; a picture's id is its place among the requests, from 1.</summary>
    /// <param name="predictions">The predictions, read once, one at a time.</param>
    /// <param name="classNames">The names of the network's classes; a class's category id is its place, from 1.</param>
    /// <param name="path">The file, which is there only when it is whole.</param>
    public static void SaveInstances(IEnumerable<PicturePrediction> predictions, IReadOnlyList<string> classNames, string path) =>
        CocoFileWriter.SaveInstances([.. Classes(classNames, _ => true)], Rows(predictions), path, () => { });

    /// <summary>Writes a panoptic file, and the pictures of its masks into a folder.</summary>
    /// <param name="predictions">The predictions, read once, one at a time.</param>
    /// <param name="classNames">The names of the network's classes; a class's category id is its place, from 1.</param>
    /// <param name="path">The file, which is there only when it is whole.</param>
    /// <param name="maskFolder">The folder of the masks.</param>
    /// <param name="thingClasses">The names of the classes that are things; null for all.</param>
    /// <exception cref="InvalidDataException">Segments of a picture overlap, or the masks of two pictures would have one name.</exception>
    public static void SavePanoptic(
        IEnumerable<PicturePrediction> predictions, IReadOnlyList<string> classNames, string path, string maskFolder, IReadOnlyCollection<string>? thingClasses = null) =>
        CocoFileWriter.SavePanoptic([.. Classes(classNames, name => thingClasses?.Contains(name) != false)], Rows(predictions), path, maskFolder, () => { });

    private static IEnumerable<SegmentationClass> Classes(IReadOnlyList<string> names, Func<string, bool> isThing) => names.Select(name => new SegmentationClass(name, isThing(name)));

    private static IEnumerable<SavedRow> Rows(IEnumerable<PicturePrediction> predictions)
    {
        long id = 0;
        foreach (PicturePrediction prediction in predictions)
        {
            id++;
            if (prediction.Segmentation is { } result)
            {
                yield return new SavedRow(prediction.Request.FullName, Path.GetFileName(prediction.Request.Image), id, result.Height, result.Width, [.. result.Segments.Select(Segment)]);
            }
        }
    }

    private static SavedSegment Segment(PredictedSegment segment) => new(segment.LabelId, segment.Mask, segment.Box, segment.Score, IsCrowd: false, segment.Area);
}
