using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels;

namespace MLNetVision.Models.Mask2Former;

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
        float* map = ThreadScratch.Get(Scratch.Values, (long)geometry.Keys * Channels);
        Gather(geometry, value + Offset(geometry, geometry.Keys, image, head), map);
        int samples = geometry.Levels.Length * geometry.Points;
        for (int query = 0; query < geometry.Queries; query++)
        {
            long cell = ((long)image * geometry.Queries + query) * geometry.Heads + head, sample = cell * samples;
            Row sum = default;
            foreach ((int height, int width, int start) in geometry.Levels)
            {
                for (int point = 0; point < geometry.Points; point++, sample++)
                {
                    if (Corners.TryFind(locations + 2 * sample, height, width, out Corners at))
                    {
                        float* level = map + (long)start * Channels;
                        float weight = weights[sample];
                        sum.AddScaled(level + at.Place00, weight * at.Share00);
                        sum.AddScaled(level + at.Place01, weight * at.Share01);
                        sum.AddScaled(level + at.Place10, weight * at.Share10);
                        sum.AddScaled(level + at.Place11, weight * at.Share11);
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
        long length = (long)geometry.Keys * Channels, offset = Offset(geometry, geometry.Keys, image, head);
        float* map = ThreadScratch.Get(Scratch.Values, length), gradient = ThreadScratch.Get(Scratch.Keys, length);
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
        if (!Corners.TryFind(location, size.Height, size.Width, out Corners at))
        {
            *weightGradient = locationGradient[0] = locationGradient[1] = 0;
            return;
        }

        // The output's gradient times each corner's value; a corner outside has the value 0.
        float d00 = at.Outside00 ? 0 : incoming.Dot(map + at.Place00);
        float d01 = at.Outside01 ? 0 : incoming.Dot(map + at.Place01);
        float d10 = at.Outside10 ? 0 : incoming.Dot(map + at.Place10);
        float d11 = at.Outside11 ? 0 : incoming.Dot(map + at.Place11);
        incoming.AddTo(gradient + at.Place00, weight * at.Share00);
        incoming.AddTo(gradient + at.Place01, weight * at.Share01);
        incoming.AddTo(gradient + at.Place10, weight * at.Share10);
        incoming.AddTo(gradient + at.Place11, weight * at.Share11);
        *weightGradient = at.Share00 * d00 + at.Share01 * d01 + at.Share10 * d10 + at.Share11 * d11;
        locationGradient[0] = weight * size.Width * ((1 - at.Y) * (d01 - d00) + at.Y * (d11 - d10));
        locationGradient[1] = weight * size.Height * ((1 - at.X) * (d10 - d00) + at.X * (d11 - d01));
    }

    private static long Offset(DeformableGeometry geometry, int rows, int image, int head) => (long)image * rows * geometry.Row + head * Channels;

    private static void Gather(DeformableGeometry geometry, float* value, float* map)
    {
        for (int key = 0; key < geometry.Keys; key++)
        {
            Row.Load(value + (long)key * geometry.Row).Store(map + (long)key * Channels);
        }
    }

    /// <summary>The four pixels around a sample: where they lie and what they weigh. Those outside lie at the edge and weigh nothing.</summary>
    private struct Corners
    {
        public float X, Y, Share00, Share01, Share10, Share11;
        public int Place00, Place01, Place10, Place11;
        public bool Outside00, Outside01, Outside10, Outside11;

        /// <summary>Finds them; false where no pixel is near. NaN and what is far outside reach no pixel.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool TryFind(float* location, int height, int width, out Corners at)
        {
            at = default;
            float x = location[0] * width - 0.5f, y = location[1] * height - 0.5f;
            if (!(x > -1 && y > -1 && x < width && y < height))
            {
                return false;
            }

            float left = MathF.Floor(x), top = MathF.Floor(y);
            (at.X, at.Y) = (x - left, y - top);
            int column = (int)left, line = (int)top;
            bool noLeft = column < 0, noRight = column + 1 >= width, noTop = line < 0, noBottom = line + 1 >= height;
            int first = Math.Max(column, 0) * Channels, second = Math.Min(column + 1, width - 1) * Channels;
            int upper = Math.Max(line, 0) * width * Channels, lower = Math.Min(line + 1, height - 1) * width * Channels;
            (at.Place00, at.Place01, at.Place10, at.Place11) = (upper + first, upper + second, lower + first, lower + second);
            (at.Outside00, at.Outside01, at.Outside10, at.Outside11) = (noTop || noLeft, noTop || noRight, noBottom || noLeft, noBottom || noRight);
            at.Share00 = at.Outside00 ? 0 : (1 - at.X) * (1 - at.Y);
            at.Share01 = at.Outside01 ? 0 : at.X * (1 - at.Y);
            at.Share10 = at.Outside10 ? 0 : (1 - at.X) * at.Y;
            at.Share11 = at.Outside11 ? 0 : at.X * at.Y;
            return true;
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
