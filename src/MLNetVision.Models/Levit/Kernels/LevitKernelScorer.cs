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
        Tensor logits = empty(pixelValues.shape[0], _engine.Labels);
        Tensor features = Run(pixelValues, TensorMemory.Address<float>(logits));
        return new LevitScores(logits.MoveToOuterDisposeScope(), features.MoveToOuterDisposeScope());
    }

    public Tensor Features(Tensor pixelValues)
    {
        using DisposeScope scope = NewDisposeScope();
        return Run(pixelValues, logits: null).MoveToOuterDisposeScope();
    }

    public void Dispose() => _engine.Dispose();

    private Tensor Run(Tensor pixelValues, float* logits)
    {
        Tensor pixels = pixelValues.detach().contiguous();
        int images = checked((int)pixels.shape[0]);
        Tensor features = empty(images, _engine.Features);
        _engine.Score(TensorMemory.Address<float>(pixels), images, logits, TensorMemory.Address<float>(features), get_num_threads());
        return features;
    }
}
