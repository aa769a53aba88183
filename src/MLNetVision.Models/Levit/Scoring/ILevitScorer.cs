using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Scoring;

/// <summary>A way of computing the inference form. Any number of threads may score at once.</summary>
internal interface ILevitScorer : IDisposable
{
    /// <summary>Scores float32 images on the CPU whose shape has been checked.</summary>
    LevitScores Score(Tensor pixelValues);

    /// <summary>The features of such images; the heads are not computed.</summary>
    Tensor Features(Tensor pixelValues);
}
