using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets.Kernels;

/// <summary>
/// Where masks of one bit a pixel lie in one tensor of bytes, and how large they are; they are read there by torch's
/// operators on any device. The tensors have shapes that can be broadcast to one another's and to the points'.
/// </summary>
/// <param name="Offset">The first byte.</param>
/// <param name="RowBytes">The bytes of a row; pixel x is bit x &amp; 7 of byte x >> 3.</param>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of pixels of a row.</param>
internal sealed record MaskPlaces(Tensor Offset, Tensor RowBytes, Tensor Height, Tensor Width)
{
    /// <summary>Bilinear interpolation at points, as <see cref="PointSampling"/> does it.</summary>
    /// <param name="bits">(bytes) uint8.</param>
    /// <param name="points">(…, 2), x and y in units of the canvas, in whose upper left corner the masks lie.</param>
    /// <param name="canvas">The canvas's height and width.</param>
    /// <returns>(…) float32 in [0, 1].</returns>
    public Tensor Sample(Tensor bits, Tensor points, (long Height, long Width) canvas)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        (Tensor left, Tensor fractionX) = Corner(points.select(-1, 0), canvas.Width);
        (Tensor top, Tensor fractionY) = Corner(points.select(-1, 1), canvas.Height);
        Tensor one = TensorNumbers.Filled([1], 1, ScalarType.Byte, bits.device);
        Tensor three = TensorNumbers.Filled([1], 3, int64, bits.device), seven = TensorNumbers.Filled([1], 7, int64, bits.device);
        Tensor? sampled = null;
        foreach (int down in (ReadOnlySpan<int>)[0, 1])
        {
            (Tensor y, Tensor weightY) = Side(top, fractionY, down, Height);
            foreach (int right in (ReadOnlySpan<int>)[0, 1])
            {
                using var corner = NewDisposeScope();
                (Tensor x, Tensor weightX) = Side(left, fractionX, right, Width);
                Tensor address = (y * RowBytes).Plus(x.bitwise_right_shift(three)).Plus(Offset);
                Tensor shift = x.bitwise_and(seven).to(ScalarType.Byte);
                Tensor bit = bits.take(address).bitwise_right_shift_(shift).bitwise_and_(one).to(float32);
                Tensor weight = weightX * weightY;
                sampled = sampled is null ? (bit * weight).MoveToOuterDisposeScope() : sampled.AddProduct(bit, weight);
            }
        }

        return sampled!.MoveToOuterDisposeScope();
    }

    // In the same order of float32 operations as grid_sample, so that labels and logits round alike.
    private static (Tensor Pixel, Tensor Fraction) Corner(Tensor coordinates, long size)
    {
        Tensor position = coordinates.Times(2).Minus(1).Plus(1L).Times(size).Minus(1).Over(2);
        Tensor pixel = position.floor();
        return (pixel.to(int64), position - pixel);
    }

    // The pixel before or after a point and its weight, 0 where there is no such pixel.
    private static (Tensor Pixel, Tensor Weight) Side(Tensor pixel, Tensor fraction, int next, Tensor size)
    {
        Tensor index = next == 0 ? pixel : pixel.Plus((long)next);
        Tensor weight = next == 1 ? fraction : fraction.OneMinus();
        Tensor inside = index.IsNegative().logical_not_().logical_and(index.less(size));
        return (index.minimum(size.Minus(1)).AtLeast(0L), weight * inside);
    }
}
