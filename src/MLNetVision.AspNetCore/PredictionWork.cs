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
    private const long MostPixelsAtOnce = 20_000_000;

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
        var answers = new List<PicturePrediction>(pictures.Count);
        foreach (List<PictureUpload> part in Parts(pictures))
        {
            IEnumerable<ImageSource> sources = part.Where(picture => picture.Refusal is null).Select(picture => picture.ToSource());
            answers.AddRange(predictor.Classifier is { } classifier
                ? Answers(part, classifier.ClassifyEach(sources, cancellation: gone), (request, result) => new PicturePrediction(request, result, null, null))
                : Answers(part, predictor.Segmenter!.SegmentEach(sources, query.Segmentation, null, gone), (request, result) => new PicturePrediction(request, null, result, null)));
        }

        return answers;
    }

    // A part is decoded as a whole: small files may claim many pixels, of which no more than a few pictures' are in memory.
    private static IEnumerable<List<PictureUpload>> Parts(IReadOnlyList<PictureUpload> pictures)
    {
        var part = new List<PictureUpload>();
        long pixels = 0;
        foreach (PictureUpload picture in pictures)
        {
            if (part.Count > 0 && pixels + picture.Pixels > MostPixelsAtOnce)
            {
                yield return part;
                (part, pixels) = ([], 0);
            }

            part.Add(picture);
            pixels += picture.Pixels;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private static List<PicturePrediction> Answers<T>(List<PictureUpload> pictures, IEnumerable<PictureResult<T>> results, Func<PictureRequest, T, PicturePrediction> answer)
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
