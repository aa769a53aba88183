using static TorchSharp.torch;

namespace MLNetVision.Models.Common.Layers;

/// <summary>Stochastic depth (Huang et al. 2016), which later papers call drop path.</summary>
internal static class DropPath
{
    /// <summary>
    /// Drops a residual branch for whole images: each image of the batch with the given probability, the others scaled, so
    /// that the mean stays.
    /// </summary>
    public static Tensor Apply(Tensor x, double probability, bool training, Generator? generator) =>
        training && probability > 0
            ? x.mul(SeededDropout.Kept([x.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 1)], x, probability, generator))
            : x;
}
