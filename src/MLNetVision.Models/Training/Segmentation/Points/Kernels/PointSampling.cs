using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Points.Kernels;

/// <summary>Reads maps at points between their pixels (PointRend, Kirillov et al. 2020, section 3.1).</summary>
internal static class PointSampling
{
    /// <summary>
    /// Bilinear interpolation. A map's value lies in the middle of its pixel (align_corners = false); outside the map
    /// everything is 0. Differentiable in the maps.
    /// </summary>
    /// <param name="maps">(N, C, H, W), floating.</param>
    /// <param name="points">(N, P, 2), each (x, y) in units of the map's width and height; [0, 1] is inside.</param>
    /// <returns>(N, C, P).</returns>
    public static Tensor Sample(Tensor maps, Tensor points)
    {
        using Tensor unscaled = points.unsqueeze(2); // (N, P, 1, 2)
        using Tensor doubled = unscaled.Times(2.0);
        using Tensor grid = doubled.Minus(1);
        using Tensor sampled = nn.functional.grid_sample(maps, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
        return sampled.squeeze(3);
    }
}
