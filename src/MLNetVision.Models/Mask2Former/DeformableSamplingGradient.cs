using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLNetVision.Models.Mask2Former;

/// <summary>The gradients of <see cref="DeformableSamplingForward"/>, in one pass over the samples.</summary>
/// <remarks>The gradients have the layouts of what they are gradients of; that of the value is added to, the others are set.</remarks>
internal sealed unsafe class DeformableSamplingGradient(
    DeformableGeometry geometry, float* value, float* locations, float* weights, float* outputGradient,
    float* valueGradient, float* locationGradient, float* weightGradient)
{
    /// <summary>Computes the gradients of one head of one image. Different heads write to different places.</summary>
    public void Compute(int image, int head)
    {
        if (geometry.Channels == DeformableHeadKernel.Channels)
        {
            DeformableHeadKernel.Backward(geometry, image, head, value, locations, weights, outputGradient, valueGradient, locationGradient, weightGradient);
            return;
        }

        long first = (long)image * geometry.Keys * geometry.Row + head * geometry.Channels;
        int samples = geometry.Levels.Length * geometry.Points;
        for (int query = 0; query < geometry.Queries; query++)
        {
            long cell = ((long)image * geometry.Queries + query) * geometry.Heads + head;
            float* incoming = outputGradient + cell * geometry.Channels;
            long sample = cell * samples;
            foreach ((int height, int width, int start) in geometry.Levels)
            {
                long level = first + (long)start * geometry.Row;
                for (int point = 0; point < geometry.Points; point++, sample++)
                {
                    Sample(sample, level, incoming, height, width);
                }
            }
        }
    }

    private void Sample(long sample, long level, float* incoming, int height, int width)
    {
        float x = locations[2 * sample] * width - 0.5f;
        float y = locations[2 * sample + 1] * height - 0.5f;
        if (!(x > -1 && y > -1 && x < width && y < height))
        {
            weightGradient[sample] = locationGradient[2 * sample] = locationGradient[2 * sample + 1] = 0;
            return;
        }

        float left = MathF.Floor(x), top = MathF.Floor(y);
        float fx = x - left, fy = y - top;
        int column = (int)left, line = (int)top, row = geometry.Row;
        long corner = level + ((long)line * width + column) * row;
        long below = corner + (long)width * row;
        float weight = weights[sample];
        float w00 = (1 - fx) * (1 - fy), w01 = fx * (1 - fy), w10 = (1 - fx) * fy, w11 = fx * fy;
        bool upper = line >= 0, lower = line + 1 < height, leftInside = column >= 0, rightInside = column + 1 < width;

        // The output's gradient times each corner's value; a corner outside has the value 0.
        float d00 = upper && leftInside ? Corner(corner, incoming, weight * w00) : 0;
        float d01 = upper && rightInside ? Corner(corner + row, incoming, weight * w01) : 0;
        float d10 = lower && leftInside ? Corner(below, incoming, weight * w10) : 0;
        float d11 = lower && rightInside ? Corner(below + row, incoming, weight * w11) : 0;
        weightGradient[sample] = w00 * d00 + w01 * d01 + w10 * d10 + w11 * d11;
        locationGradient[2 * sample] = weight * width * ((1 - fy) * (d01 - d00) + fy * (d11 - d10));
        locationGradient[2 * sample + 1] = weight * height * ((1 - fx) * (d10 - d00) + fx * (d11 - d01));
    }

    // Adds a corner's share to its gradient and returns the product of its value with the output's gradient.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Corner(long offset, float* incoming, float share)
    {
        float* pixel = value + offset;
        float* gradient = valueGradient + offset;
        int i = 0;
        Vector<float> shares = new(share), products = Vector<float>.Zero;
        for (; i <= geometry.Channels - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> part = Vector.Load(incoming + i);
            products = Vector.FusedMultiplyAdd(part, Vector.Load(pixel + i), products);
            Vector.Store(Vector.FusedMultiplyAdd(part, shares, Vector.Load(gradient + i)), gradient + i);
        }

        float product = Vector.Sum(products);
        for (; i < geometry.Channels; i++)
        {
            product += incoming[i] * pixel[i];
            gradient[i] += incoming[i] * share;
        }

        return product;
    }
}
