using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>The sampling of deformable attention by torch's operators, with gradients (Deformable DETR, equation 3).</summary>
internal static class MultiScaleDeformableAttention
{
    /// <param name="value">(batch, keys, heads, channels), the levels one after another.</param>
    /// <param name="levels">The size of each level.</param>
    /// <param name="locations">(batch, queries, heads, levels, points, 2): x and y, 0 to 1 over the level; outside is 0.</param>
    /// <param name="weights">(batch, queries, heads, levels, points).</param>
    /// <returns>(batch, queries, heads * channels).</returns>
    public static Tensor Compute(Tensor value, IReadOnlyList<MapSize> levels, Tensor locations, Tensor weights)
    {
        long batch = value.shape[0], heads = value.shape[2], channels = value.shape[3];
        long queries = locations.shape[1], points = locations.shape[4];
        Tensor[] grids = locations.Times(2.0).Minus(1).transpose(1, 2).flatten(0, 1).unbind(2); // for each level (batch * heads, queries, points, 2)
        Tensor[] values = value.split([.. levels.Select(level => (long)level.Area)], 1);
        IEnumerable<Tensor> samples = levels.Select((level, i) => F.grid_sample(
            values[i].permute(0, 2, 3, 1).reshape(batch * heads, channels, level.Height, level.Width), grids[i],
            GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false));

        // (batch * heads, channels, queries, levels * points)
        Tensor sampled = cat([.. samples], -1);
        Tensor weight = weights.transpose(1, 2).reshape(batch * heads, 1, queries, levels.Count * points);
        return (sampled * weight).sum(-1).view(batch, heads * channels, queries).transpose(1, 2);
    }
}
