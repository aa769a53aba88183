using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>
/// Multi-scale deformable sampling on the CPU (Deformable DETR, equation 3): each query's sum over levels and points of
/// weight × bilinear value, without a grid, a concatenation or a tensor of (heads × channels × queries × points).
/// </summary>
/// <remarks>
/// All arrays are contiguous: value (batch, keys, heads, channels), locations (batch, queries, heads, levels, points, 2),
/// weights (batch, queries, heads, levels, points), output (batch, queries, heads, channels).
/// </remarks>
internal sealed unsafe class DeformableSamplingForward(DeformableGeometry geometry, float* value, float* locations, float* weights, float* output)
{
    /// <summary>Computes one head of one image. Different heads write to different places.</summary>
    public void Compute(int image, int head)
    {
        if (geometry.Channels == DeformableHeadKernel.Channels)
        {
            DeformableHeadKernel.Forward(geometry, image, head, value, locations, weights, output);
            return;
        }

        float* map = value + (long)image * geometry.Keys * geometry.Row + head * geometry.Channels;
        int samples = geometry.Levels.Length * geometry.Points;
        for (int query = 0; query < geometry.Queries; query++)
        {
            long cell = ((long)image * geometry.Queries + query) * geometry.Heads + head;
            float* sum = output + cell * geometry.Channels;
            new Span<float>(sum, geometry.Channels).Clear();
            long sample = cell * samples;
            foreach ((int height, int width, int start) in geometry.Levels)
            {
                for (int point = 0; point < geometry.Points; point++, sample++)
                {
                    Add(sample, map + (long)start * geometry.Row, sum, height, width);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(long sample, float* map, float* sum, int height, int width)
    {
        // A value lies in the middle of its pixel. NaN and what is far outside reach no pixel.
        float x = locations[2 * sample] * width - 0.5f;
        float y = locations[2 * sample + 1] * height - 0.5f;
        if (!(x > -1 && y > -1 && x < width && y < height))
        {
            return;
        }

        float left = MathF.Floor(x), top = MathF.Floor(y);
        int column = (int)left, line = (int)top, row = geometry.Row;
        float weight = weights[sample];
        float right = weight * (x - left), below = y - top;
        left = weight - right;
        float* corner = map + ((long)line * width + column) * row;
        if (line >= 0 && line + 1 < height && column >= 0 && column + 1 < width)
        {
            float* next = corner + (long)width * row;
            AddInside(sum, corner, corner + row, next, next + row, left * (1 - below), right * (1 - below), left * below, right * below);
            return;
        }

        for (int dy = 0; dy < 2; dy++)
        {
            if ((uint)(line + dy) < (uint)height)
            {
                float share = dy == 0 ? 1 - below : below;
                float* pixel = corner + (long)dy * width * row;
                if (column >= 0)
                {
                    AddScaled(sum, pixel, left * share);
                }

                if (column + 1 < width)
                {
                    AddScaled(sum, pixel + row, right * share);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddInside(float* sum, float* a, float* b, float* c, float* d, float wa, float wb, float wc, float wd)
    {
        Vector<float> va = new(wa), vb = new(wb), vc = new(wc), vd = new(wd);
        int i = 0;
        for (; i <= geometry.Channels - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> upper = Vector.FusedMultiplyAdd(vb, Vector.Load(b + i), Vector.FusedMultiplyAdd(va, Vector.Load(a + i), Vector.Load(sum + i)));
            Vector.Store(Vector.FusedMultiplyAdd(vd, Vector.Load(d + i), Vector.FusedMultiplyAdd(vc, Vector.Load(c + i), upper)), sum + i);
        }

        for (; i < geometry.Channels; i++)
        {
            sum[i] += wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
        }
    }

    private void AddScaled(float* sum, float* pixel, float weight)
    {
        for (int i = 0; i < geometry.Channels; i++)
        {
            sum[i] += weight * pixel[i];
        }
    }
}
