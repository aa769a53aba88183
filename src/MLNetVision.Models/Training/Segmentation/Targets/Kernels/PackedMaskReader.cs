using System.Runtime.CompilerServices;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Training.Segmentation.Targets.Kernels;

/// <summary>
/// Bilinear interpolation of masks of one bit a pixel, on the CPU: a point's neighbours and weights are computed once for
/// all masks that are read there.
/// </summary>
/// <remarks>The arithmetic is grid_sample's, in its order of float32 operations, so that labels and logits round alike.</remarks>
/// <param name="bits">(masks, height, bytes a row); pixel x is bit x &amp; 7 of byte x >> 3.</param>
/// <param name="height">Rows of a mask.</param>
/// <param name="width">Columns of a mask.</param>
/// <param name="canvas">The size that coordinates are fractions of; masks lie in its upper left corner.</param>
internal readonly unsafe struct PackedMaskReader(byte* bits, int height, int width, (long Height, long Width) canvas)
{
    private const int PointsPerPiece = 4096;
    private readonly int _rowBytes = (width + 7) / 8;

    private long MaskBytes => (long)height * _rowBytes;

    /// <summary>Reads masks at points that they share: all masks in order, or those of <paramref name="rows"/>.</summary>
    /// <param name="points">(count, 2), x and y.</param>
    /// <param name="count">The number of points.</param>
    /// <param name="rows">Which masks to read, (masks); null for the first ones in order.</param>
    /// <param name="masks">How many masks to read.</param>
    /// <param name="output">(masks, count).</param>
    public void ReadShared(float* points, int count, long* rows, int masks, float* output)
    {
        PackedMaskReader reader = this;
        Workers.For((count + PointsPerPiece - 1) / PointsPerPiece, piece =>
        {
            for (int point = piece * PointsPerPiece; point < Math.Min(count, (piece + 1) * PointsPerPiece); point++)
            {
                Corners corners = reader.Locate(points[2 * point], points[2 * point + 1]);
                for (int mask = 0; mask < masks; mask++)
                {
                    output[(long)mask * count + point] = reader.Read(corners, rows == null ? mask : rows[mask]);
                }
            }
        });
    }

    /// <summary>Reads each mask at points of its own.</summary>
    /// <param name="points">(masks, count, 2), x and y.</param>
    /// <param name="count">The number of a mask's points.</param>
    /// <param name="rows">Which masks to read, (masks); null for the first ones in order.</param>
    /// <param name="masks">How many masks to read.</param>
    /// <param name="output">(masks, count).</param>
    public void ReadOwn(float* points, int count, long* rows, int masks, float* output)
    {
        PackedMaskReader reader = this;
        Workers.For(masks, mask =>
        {
            float* own = points + 2L * mask * count;
            for (int point = 0; point < count; point++)
            {
                output[(long)mask * count + point] = reader.Read(reader.Locate(own[2 * point], own[2 * point + 1]), rows == null ? mask : rows[mask]);
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Corners Locate(float x, float y)
    {
        (int left, float fractionX) = Neighbour(x, canvas.Width);
        (int top, float fractionY) = Neighbour(y, canvas.Height);
        return new Corners(left, top, fractionX, fractionY);
    }

    // The pixel before a coordinate and the share of the one after it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int Pixel, float Fraction) Neighbour(float coordinate, long size)
    {
        float position = ((coordinate * 2 - 1 + 1) * size - 1) / 2;
        float pixel = MathF.Floor(position);
        return ((int)Math.Clamp(pixel, -2, size), position - pixel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Read(Corners at, long mask)
    {
        byte* start = bits + mask * MaskBytes;
        float sum = Bit(start, at.Left, at.Top, (1 - at.FractionX) * (1 - at.FractionY));
        sum += Bit(start, at.Left + 1, at.Top, at.FractionX * (1 - at.FractionY));
        sum += Bit(start, at.Left, at.Top + 1, (1 - at.FractionX) * at.FractionY);
        return sum + Bit(start, at.Left + 1, at.Top + 1, at.FractionX * at.FractionY);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Bit(byte* start, int x, int y, float weight)
    {
        bool set = (uint)x < (uint)width && (uint)y < (uint)height && ((start[(long)y * _rowBytes + (x >> 3)] >> (x & 7)) & 1) != 0;
        return set ? weight : 0;
    }

    private readonly record struct Corners(int Left, int Top, float FractionX, float FractionY);
}
