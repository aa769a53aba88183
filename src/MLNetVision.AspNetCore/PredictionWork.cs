using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Pipelines.Predictions;
using MLNetVision.Models.Pipelines.Streams;

namespace MLNetVision.AspNetCore;

/// <summary>What is computed when a request's turn has come.</summary>
internal static class PredictionWork
{
    /// <summary>Answers one picture, with its overlay where that is wanted.</summary>
    /// <exception cref="RefusedException">The picture cannot be read.</exception>
    public static (PicturePrediction Prediction, byte[]? Overlay) PredictOne(PicturePredictor predictor, PictureUpload picture, PredictionQuery query, CancellationToken gone)
    {
        PicturePrediction prediction = PredictAll(predictor, [picture], query, gone)[0];
        if (prediction.Problem is { } problem)
        {
            throw UploadReader.Unreadable(problem);
        }

        if (!query.Overlay && !query.Png)
        {
            return (prediction, null);
        }

        Mask2FormerSegmenter segmenter = predictor.Segmenter!;
        return (prediction, SegmentationOverlay.ToPng(picture.ToSource().Load(segmenter.Orientation), prediction.Segmentation!, new SegmentationOverlayOptions
        {
            LabelNames = segmenter.ClassNames,
            Colouring = query.Segmentation!.Task == SegmentationTask.Instance ? SegmentColouring.BySegment : SegmentColouring.ByClass,
        }));
    }

    /// <summary>Answers pictures in their order; of one that cannot be read the answer says why.</summary>
    public static List<PicturePrediction> PredictAll(PicturePredictor predictor, IReadOnlyList<PictureUpload> pictures, PredictionQuery query, CancellationToken gone)
    {
        IEnumerable<ImageSource> sources = pictures.Where(picture => picture.Refusal is null).Select(picture => picture.ToSource());
        return predictor.Classifier is { } classifier
            ? Answers(pictures, classifier.ClassifyEach(sources, cancellation: gone), (request, result) => new PicturePrediction(request, result, null, null))
            : Answers(pictures, predictor.Segmenter!.SegmentEach(sources, query.Segmentation, null, gone), (request, result) => new PicturePrediction(request, null, result, null));
    }

    private static List<PicturePrediction> Answers<T>(IReadOnlyList<PictureUpload> pictures, IEnumerable<PictureResult<T>> results, Func<PictureRequest, T, PicturePrediction> answer)
        where T : class
    {
        var answers = new List<PicturePrediction>(pictures.Count);
        using IEnumerator<PictureResult<T>> next = results.GetEnumerator();
        foreach (PictureUpload picture in pictures)
        {
            // Its image is a name in the answer; no file is opened.
            var request = new PictureRequest { Image = picture.Name };
            if (picture.Refusal is { } refusal)
            {
                answers.Add(new PicturePrediction(request, null, null, refusal.Message));
                continue;
            }

            next.MoveNext();
            answers.Add(next.Current.IsReadable ? answer(request, next.Current.Result) : new PicturePrediction(request, null, null, next.Current.Problem));
        }

        return answers;
    }
}
