using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Pipelines;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;

namespace MLNetVision.Mask2Former;

/// <summary>Runs Mask2Former over pictures of any size; a row never depends on its neighbours.</summary>
internal sealed class Mask2FormerScorer : IImageScorer<SegmentationResult>
{
    private readonly Mask2FormerModelParameters _model;
    private readonly SegmentExtractor _extractor;
    private readonly Mask2FormerScoringEngine _engine;

    /// <param name="model">Taken over and disposed of.</param>
    /// <param name="extractor">How the network's output becomes segments.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="owner">What the user calls disposed of.</param>
    public Mask2FormerScorer(Mask2FormerModelParameters model, SegmentExtractor extractor, EngineChoice engine, ModelOwner owner)
    {
        (_model, _extractor) = (model, extractor);
        _engine = Mask2FormerScoringEngine.Of(model.Module, model.Preprocessing, engine, owner);
    }

    public IPreparedBatch<SegmentationResult> Prepare(ReadOnlySpan<ImageSource?> sources, UnreadableImages unreadable)
    {
        _engine.ThrowIfDisposed();
        return new Prepared(this, ReadablePictures.ForEach(sources.ToArray(), source => source.Load(), (_, why) => unreadable.Add(why)));
    }

    public void ThrowIfDisposed() => _engine.ThrowIfDisposed();

    public void Dispose()
    {
        if (_engine.Close())
        {
            _model.Dispose();
        }
    }

    /// <summary>
    /// Decoded pictures. They are resized to floats one by one when their turn comes: that takes a hundredth of the model's time,
    /// but ten times the memory.
    /// </summary>
    private sealed class Prepared(Mask2FormerScorer scorer, RgbImage?[] pictures) : IPreparedBatch<SegmentationResult>
    {
        // Every column but the size says something about the segments, and which ones there are only their masks tell.
        public SegmentationResult?[] Score(IReadOnlySet<string> wanted)
        {
            scorer.ThrowIfDisposed();
            bool wantsSegments = wanted.Any(column => column != SegmentationColumns.ImageSize);
            return wantsSegments ? [.. scorer._engine.Segment(pictures, scorer._extractor)]
                : [.. pictures.Select(picture => picture is null ? null : new SegmentationResult(picture.Height, picture.Width, []))];
        }

        public void Dispose()
        {
        }
    }
}
