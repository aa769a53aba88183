using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>The inference form in this library's vector code; takes and gives tensors.</summary>
internal sealed unsafe class LevitKernelScorer(LevitFoldedWeights weights, ScoringPrecision precision) : ILevitScorer
{
    private readonly LevitKernelEngine _engine = new(weights, precision);

    public LevitScores Score(Tensor pixelValues)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = pixelValues.detach().contiguous();
        long images = pixels.shape[0];
        Tensor logits = empty(images, _engine.Labels);
        Tensor features = empty(images, _engine.Features);
        // A span reaches 2 GB: more images go in pieces.
        long imageBytes = pixels.numel() / images * sizeof(float);
        long piece = Math.Max(1, int.MaxValue / imageBytes);
        for (long first = 0; first < images; first += piece)
        {
            int count = (int)Math.Min(piece, images - first);
            _engine.Score(Pointer(pixels, first, count), count, Pointer(logits, first, count), Pointer(features, first, count), get_num_threads());
        }

        return new LevitScores(logits.MoveToOuterDisposeScope(), features.MoveToOuterDisposeScope());
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>The native memory of some rows; it stays where it is as long as the tensor lives.</summary>
    private static float* Pointer(Tensor tensor, long first, long count)
    {
        using Tensor rows = tensor.narrow(0, first, count);
        return TensorMemory.Address<float>(rows);
    }
}
