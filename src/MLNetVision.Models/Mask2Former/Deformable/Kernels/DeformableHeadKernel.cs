using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Models.Mask2Former.Deformable.Kernels;

/// <summary>
/// Deformable sampling and its gradients for heads of 32 channels. A head's values are brought together first: as a part of
/// rows of all heads they would share few of the cache's sets. Sums and gradients of a query stay in registers.
/// </summary>
/// <remarks>The arrays are those of <see cref="DeformableSamplingForward"/> and <see cref="DeformableSamplingGradient"/>.</remarks>
internal static unsafe class DeformableHeadKernel
{
    /// <summary>The channels of a head.</summary>
    public const int Channels = 32;

    /// <summary>Computes one head of one image.</summary>
    public static void Forward(DeformableGeometry geometry, int image, int head, float* value, float* locations, float* weights, float* output)
    {
        using ScratchLoan mapLoan = ThreadScratch.Take(Scratch.Values, (long)geometry.Keys * Channels, out float* map);
        Gather(geometry, value + Offset(geometry, image, head), map);
        int samples = geometry.Levels.Length * geometry.Points;
        for (int query = 0; query < geometry.Queries; query++)
        {
            long cell = ((long)image * geometry.Queries + query) * geometry.Heads + head, sample = cell * samples;
            Row sum = default;
            foreach ((int height, int width, int start) in geometry.Levels)
            {
                for (int point = 0; point < geometry.Points; point++, sample++)
                {
                    if (SampleCorners.TryFind(locations + 2 * sample, height, width, out SampleCorners at))
                    {
                        float* level = map + (long)start * Channels;
                        float weight = weights[sample];
                        sum.AddScaled(level + at.Pixel00 * Channels, weight * at.Share00);
                        sum.AddScaled(level + at.Pixel01 * Channels, weight * at.Share01);
                        sum.AddScaled(level + at.Pixel10 * Channels, weight * at.Share10);
                        sum.AddScaled(level + at.Pixel11 * Channels, weight * at.Share11);
                    }
                }
            }

            sum.Store(output + cell * Channels);
        }
    }

    /// <summary>Computes the gradients of one head of one image; all of them are written.</summary>
    public static void Backward(
        DeformableGeometry geometry, int image, int head, float* value, float* locations, float* weights, float* outputGradient,
        float* valueGradient, float* locationGradient, float* weightGradient)
    {
        long length = (long)geometry.Keys * Channels, offset = Offset(geometry, image, head);
        using ScratchLoan mapLoan = ThreadScratch.Take(Scratch.Values, length, out float* map);
        using ScratchLoan gradientLoan = ThreadScratch.Take(Scratch.Keys, length, out float* gradient);
        Gather(geometry, value + offset, map);
        new Span<float>(gradient, (int)length).Clear();
        int samples = geometry.Levels.Length * geometry.Points;
        for (int query = 0; query < geometry.Queries; query++)
        {
            long cell = ((long)image * geometry.Queries + query) * geometry.Heads + head, sample = cell * samples;
            Row incoming = Row.Load(outputGradient + cell * Channels);
            foreach ((int height, int width, int start) in geometry.Levels)
            {
                for (int point = 0; point < geometry.Points; point++, sample++)
                {
                    long level = (long)start * Channels;
                    Sample(in incoming, locations + 2 * sample, weights[sample], (height, width), map + level, gradient + level, locationGradient + 2 * sample, weightGradient + sample);
                }
            }
        }

        for (int key = 0; key < geometry.Keys; key++)
        {
            Row.Load(gradient + (long)key * Channels).Store(valueGradient + offset + (long)key * geometry.Row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sample(
        in Row incoming, float* location, float weight, (int Height, int Width) size, float* map, float* gradient, float* locationGradient, float* weightGradient)
    {
        if (!SampleCorners.TryFind(location, size.Height, size.Width, out SampleCorners at))
        {
            *weightGradient = locationGradient[0] = locationGradient[1] = 0;
            return;
        }

        // The output's gradient times each corner's value; a corner outside has the value 0.
        float d00 = at.Outside00 ? 0 : incoming.Dot(map + at.Pixel00 * Channels);
        float d01 = at.Outside01 ? 0 : incoming.Dot(map + at.Pixel01 * Channels);
        float d10 = at.Outside10 ? 0 : incoming.Dot(map + at.Pixel10 * Channels);
        float d11 = at.Outside11 ? 0 : incoming.Dot(map + at.Pixel11 * Channels);
        incoming.AddTo(gradient + at.Pixel00 * Channels, weight * at.Share00);
        incoming.AddTo(gradient + at.Pixel01 * Channels, weight * at.Share01);
        incoming.AddTo(gradient + at.Pixel10 * Channels, weight * at.Share10);
        incoming.AddTo(gradient + at.Pixel11 * Channels, weight * at.Share11);
        at.SetGradients(d00, d01, d10, d11, weight, size, locationGradient, weightGradient);
    }

    private static long Offset(DeformableGeometry geometry, int image, int head) => (long)image * geometry.Keys * geometry.Row + head * Channels;

    private static void Gather(DeformableGeometry geometry, float* value, float* map)
    {
        for (int key = 0; key < geometry.Keys; key++)
        {
            Row.Load(value + (long)key * geometry.Row).Store(map + (long)key * Channels);
        }
    }

    /// <summary>The channels of a head.</summary>
    private struct Row
    {
        private Vector256<float> _a, _b, _c, _d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Row Load(float* source) => new()
        {
            _a = Vector256.Load(source), _b = Vector256.Load(source + 8), _c = Vector256.Load(source + 16), _d = Vector256.Load(source + 24),
        };

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(float* target)
        {
            _a.Store(target);
            _b.Store(target + 8);
            _c.Store(target + 16);
            _d.Store(target + 24);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AddScaled(float* source, float factor)
        {
            Vector256<float> factors = Vector256.Create(factor);
            _a = Vector256.FusedMultiplyAdd(factors, Vector256.Load(source), _a);
            _b = Vector256.FusedMultiplyAdd(factors, Vector256.Load(source + 8), _b);
            _c = Vector256.FusedMultiplyAdd(factors, Vector256.Load(source + 16), _c);
            _d = Vector256.FusedMultiplyAdd(factors, Vector256.Load(source + 24), _d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void AddTo(float* target, float factor)
        {
            Vector256<float> factors = Vector256.Create(factor);
            Vector256.FusedMultiplyAdd(factors, _a, Vector256.Load(target)).Store(target);
            Vector256.FusedMultiplyAdd(factors, _b, Vector256.Load(target + 8)).Store(target + 8);
            Vector256.FusedMultiplyAdd(factors, _c, Vector256.Load(target + 16)).Store(target + 16);
            Vector256.FusedMultiplyAdd(factors, _d, Vector256.Load(target + 24)).Store(target + 24);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly float Dot(float* other)
        {
            Vector256<float> first = Vector256.FusedMultiplyAdd(_b, Vector256.Load(other + 8), _a * Vector256.Load(other));
            Vector256<float> second = Vector256.FusedMultiplyAdd(_d, Vector256.Load(other + 24), _c * Vector256.Load(other + 16));
            return Vector256.Sum(first + second);
        }
    }
}
