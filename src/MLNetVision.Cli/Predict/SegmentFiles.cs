using MLNetVision.Cli.Shell;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.Cli.Predict;

/// <summary>The pictures that predict writes beside its lines: masks, overlays and crops.</summary>
internal sealed class SegmentFiles(PredictArguments arguments, Mask2FormerSegmenter segmenter, SegmentationTask task)
{
    private readonly OverlayFolder? _overlays = arguments.Overlays is { } folder ? new OverlayFolder(folder) : null;
    private readonly SegmentationOverlayOptions _drawing = new() { LabelNames = segmenter.ClassNames, Colouring = task == SegmentationTask.Instance ? SegmentColouring.BySegment : SegmentColouring.ByClass };

    /// <summary>The mask file of a picture.</summary>
    public static string MaskOf(string folder, string name) => Path.Combine(folder, name + ".png");

    public void Write(PicturePrediction prediction, string name)
    {
        if (prediction.Segmentation is not { } result)
        {
            return;
        }

        string picture = prediction.Request.FullName;
        if (arguments.Format == "masks")
        {
            string file = MaskOf(arguments.Output!, name);
            if (Path.GetFullPath(file) == Path.GetFullPath(picture))
            {
                throw new CommandException(ExitCode.Usage, $"The mask of '{picture}' would be written over the picture itself: name another folder with --output.");
            }

            if (task == SegmentationTask.Semantic && segmenter.ClassNames.Count <= SegmentPictures.NoClass)
            {
                SegmentPictures.SaveClassMap(file, result);
            }
            else
            {
                SegmentPictures.SaveSegmentMap(file, result);
            }
        }

        if (_overlays is null && arguments.Crops is null)
        {
            return;
        }

        RgbImage image = ImageSource.FromFile(picture).Load(segmenter.Orientation);
        _overlays?.Save(name, image, result, _drawing);
        if (arguments.Crops is { } crops)
        {
            SegmentPictures.SaveCrops(crops, name, image, result, segmenter.ClassNames);
        }
    }
}
