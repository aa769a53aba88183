using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

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
        if (!SampleCorners.TryFind(locations + 2 * sample, height, width, out SampleCorners at))
        {
            weightGradient[sample] = locationGradient[2 * sample] = locationGradient[2 * sample + 1] = 0;
            return;
        }

        // The output's gradient times each corner's value; a corner outside has the value 0.
        long row = geometry.Row;
        float weight = weights[sample];
        float d00 = at.Outside00 ? 0 : Corner(level + at.Pixel00 * row, incoming, weight * at.Share00);
        float d01 = at.Outside01 ? 0 : Corner(level + at.Pixel01 * row, incoming, weight * at.Share01);
        float d10 = at.Outside10 ? 0 : Corner(level + at.Pixel10 * row, incoming, weight * at.Share10);
        float d11 = at.Outside11 ? 0 : Corner(level + at.Pixel11 * row, incoming, weight * at.Share11);
        at.SetGradients(d00, d01, d10, d11, weight, (height, width), locationGradient + 2 * sample, weightGradient + sample);
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
