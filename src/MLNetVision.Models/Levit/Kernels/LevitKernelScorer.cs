using System.Buffers;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;
using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Scoring;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>The inference form in this library's vector code.</summary>
internal sealed unsafe class LevitKernelScorer(LevitConfig config, WeightScope weights, ScoringPrecision precision) : ILevitScorer
{
    private readonly LevitKernelEngine _engine = new(config, weights, precision);
    private readonly double _operations = LevitOperations.Count(config);

    /// <summary>The floating-point operations from which another thread takes part; 0 for as many threads as there are.</summary>
    public double LeastThreadOperations { get; init; } = PieceSizes.LeastThreadOperations;

    public void Score(ReadOnlySpan<float> pixels, int images, Span<float> logits, Span<float> features)
    {
        // The heads need the features, whoever else does.
        float[]? own = features.IsEmpty ? ArrayPool<float>.Shared.Rent(images * _engine.Features) : null;
        try
        {
            fixed (float* input = pixels, classes = logits, pooled = own is null ? features : own)
            {
                _engine.Score(input, images, classes, pooled, ThreadsFor(images, KernelThreads.Count));
            }
        }
        finally
        {
            if (own is not null)
            {
                ArrayPool<float>.Shared.Return(own);
            }
        }
    }

    /// <summary>The threads that are worth their trouble, of so many.</summary>
    internal int ThreadsFor(int images, int threads) => Math.Max(1, (int)Math.Min(threads, images * _operations / LeastThreadOperations));

    public void Dispose() => _engine.Dispose();
}
