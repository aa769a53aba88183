using MLNetVision.Images;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Sources;
using MLNetVision.Imaging.Segments;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Scoring;
using MLNetVision.Segmentation;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>
/// Runs Mask2Former over pictures of any size, each by itself, so that a row never depends on its neighbours: on the CPU in
/// its prediction form, on a GPU as it is.
/// </summary>
internal sealed class Mask2FormerScorer : IImageScorer<SegmentationResult>
{
    private readonly Mask2FormerModelParameters _model;
    private readonly Mask2FormerRunner _runner;
    private readonly ModelGate _gate;

    /// <param name="model">Taken over and disposed of.</param>
    /// <param name="extractor">How the network's output becomes segments.</param>
    /// <param name="device">Where the network runs.</param>
    /// <param name="precision">In which numbers the CPU multiplies.</param>
    public Mask2FormerScorer(Mask2FormerModelParameters model, SegmentExtractor extractor, Device device, ScoringPrecision precision)
    {
        _model = model;
        _gate = new ModelGate(this);
        model.Module.to(device);
        _runner = new Mask2FormerRunner(model.Module, model.Preprocessing, extractor, device, precision);
    }

    public IPreparedBatch<SegmentationResult> Prepare(ReadOnlySpan<ImageSource?> sources, BadImages bad)
    {
        _gate.ThrowIfDisposed();
        return new Prepared(this, Decode(sources.ToArray(), bad));
    }

    public void ThrowIfDisposed() => _gate.ThrowIfDisposed();

    public void Dispose()
    {
        if (_gate.Close())
        {
            _runner.Dispose();
            _model.Dispose();
        }
    }

    private static RgbImage?[] Decode(ImageSource?[] sources, BadImages bad)
    {
        var pictures = new RgbImage?[sources.Length];
        Parallel.For(0, sources.Length, i =>
        {
            try
            {
                pictures[i] = sources[i]?.Load();
                if (sources[i] is null)
                {
                    bad.Add(ImageBatch.NoPicture);
                }
            }
            catch (Exception e) when (ImageBatch.IsUnreadable(e))
            {
                bad.Add(e.Message);
            }
        });
        return pictures;
    }

    /// <summary>
    /// Decoded pictures. They are resized to floats one by one when their turn comes: that takes a hundredth of the model's time,
    /// but ten times the memory.
    /// </summary>
    private sealed class Prepared(Mask2FormerScorer scorer, RgbImage?[] pictures) : IPreparedBatch<SegmentationResult>
    {
        // Every column but the size says something about the segments, and which ones there are only their masks tell.
        public SegmentationResult?[] Score(IReadOnlySet<string> wanted) =>
            [.. pictures.Select(picture => picture is null ? null : scorer._gate.Enter(() => wanted.Any(column => column != SegmentationColumns.ImageSize)
                ? scorer._runner.Run(picture) : new SegmentationResult(picture.Height, picture.Width, [])))];

        public void Dispose()
        {
        }
    }
}
