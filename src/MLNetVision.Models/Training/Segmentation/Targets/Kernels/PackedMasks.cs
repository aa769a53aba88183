using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Segmentation.Points.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Targets.Kernels;

/// <summary>
/// Binary masks of one image, one bit a pixel: an eighth of uint8 and a thirty-second of float32, which is what makes
/// images of many objects affordable. They are read at points only and never unpacked as a whole.
/// </summary>
public sealed class PackedMasks : IDisposable
{
    private readonly Tensor _bits; // (masks, height, bytes a row) uint8; pixel x is bit x & 7 of byte x >> 3

    private PackedMasks(Tensor bits, long width)
    {
        _bits = bits.DetachFromDisposeScope();
        (Count, Height, RowBytes, Width) = (bits.shape[0], bits.shape[1], bits.shape[2], width);
    }

    /// <summary>The number of masks.</summary>
    public long Count { get; }

    /// <summary>Rows of pixels.</summary>
    public long Height { get; }

    /// <summary>Columns of pixels.</summary>
    public long Width { get; }

    /// <summary>The bytes of a row.</summary>
    internal long RowBytes { get; }

    internal Device Device => _bits.device;

    /// <summary>(masks, height, bytes a row) uint8.</summary>
    internal Tensor Bits => _bits;

    /// <summary>The bytes that the masks occupy.</summary>
    public long ByteCount => _bits.numel();

    /// <summary>Packs masks.</summary>
    /// <param name="masks">(masks, height, width) of any type; a pixel that is not 0 belongs to the mask. Not kept.</param>
    /// <exception cref="ArgumentException">The tensor does not have three dimensions.</exception>
    public static PackedMasks Pack(Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.dim() != 3)
        {
            throw new ArgumentException($"Masks have the shape (masks, height, width); got ({string.Join(", ", masks.shape)}).", nameof(masks));
        }

        using var guard = no_grad();
        using var scope = NewDisposeScope();
        long width = masks.shape[2];
        long rowBytes = (width + 7) / 8;
        Tensor set = masks.dtype == ScalarType.Bool ? masks : masks.IsNotZero();
        Tensor bits = zeros([masks.shape[0], masks.shape[1], rowBytes], ScalarType.Byte, masks.device);
        for (int bit = 0; bit < 8 && bit < width; bit++)
        {
            Tensor column = set.slice(2, bit, width, 8).to(ScalarType.Byte); // every eighth pixel
            bits.narrow(2, 0, column.shape[2]).Add(column.Scale(1L << bit));
        }

        return new PackedMasks(bits, width);
    }

    /// <summary>Takes over masks that are packed already, each height · ((width + 7) / 8) bytes.</summary>
    internal static PackedMasks FromBits(IReadOnlyList<byte[]> masks, int height, int width, Device device)
    {
        using var scope = NewDisposeScope();
        int rowBytes = (width + 7) / 8;
        Tensor bits = empty([masks.Count, height, rowBytes], ScalarType.Byte);
        for (int i = 0; i < masks.Count; i++)
        {
            masks[i].CopyTo(bits[i].bytes);
        }

        return new PackedMasks(DeviceUpload.To(bits, device), width);
    }

    /// <summary>Copies the masks to a device.</summary>
    public PackedMasks To(Device device)
    {
        Tensor moved = _bits.to(device);
        return new PackedMasks(ReferenceEquals(moved, _bits) ? _bits.alias() : moved, Width);
    }

    /// <summary>The masks as (masks, height, width) bool.</summary>
    public Tensor Unpack()
    {
        using var scope = NewDisposeScope();
        Tensor shifts = TensorNumbers.Range(0, 8, ScalarType.Byte, _bits.device);
        Tensor pixels = _bits.unsqueeze(3).bitwise_right_shift(shifts).bitwise_and(ones(1, ScalarType.Byte, _bits.device));
        return pixels.flatten(2).narrow(2, 0, Width).to(ScalarType.Bool).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Bilinear interpolation at points, as <see cref="PointSampling"/> does it. The masks lie in the upper left corner of a
    /// canvas, the batch's padded image; what they do not cover is 0.
    /// </summary>
    /// <param name="points">(1, points, 2) for all masks alike, or (rows, points, 2); (x, y) in units of the canvas.</param>
    /// <param name="canvas">The canvas's height and width.</param>
    /// <param name="rows">(rows) int64: which masks to read; null reads all.</param>
    /// <returns>(rows, points) float32 in [0, 1].</returns>
    internal Tensor Sample(Tensor points, (long Height, long Width) canvas, Tensor? rows = null) =>
        GpuForm.IsFor(_bits) ? SampleByOperators(points, canvas, rows) : Read(points, canvas, rows);

    private unsafe Tensor Read(Tensor points, (long Height, long Width) canvas, Tensor? rows)
    {
        using Tensor own = points.contiguous();
        using Tensor? chosen = rows?.contiguous();
        int masks = (int)(rows is null ? Count : rows.shape[0]), count = (int)points.shape[1];
        Tensor output = empty([masks, count], float32);
        if (output.numel() == 0)
        {
            return output;
        }

        var reader = new PackedMaskReader(TensorMemory.Address<byte>(_bits), (int)Height, (int)Width, canvas);
        long* index = chosen is null ? null : TensorMemory.Address<long>(chosen);
        if (points.shape[0] == 1)
        {
            reader.ReadShared(TensorMemory.Address<float>(own), count, index, masks, TensorMemory.Address<float>(output));
        }
        else
        {
            reader.ReadOwn(TensorMemory.Address<float>(own), count, index, masks, TensorMemory.Address<float>(output));
        }

        return output;
    }

    /// <summary><see cref="Sample"/> on any device.</summary>
    internal Tensor SampleByOperators(Tensor points, (long Height, long Width) canvas, Tensor? rows)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Tensor first = (rows ?? TensorNumbers.Range(0, Count, int64, _bits.device)).unsqueeze(1).Times(Height * RowBytes); // (rows, 1)
        var places = new MaskPlaces(first, Number(RowBytes), Number(Height), Number(Width));
        return places.Sample(_bits, points, canvas).MoveToOuterDisposeScope();

        Tensor Number(long number) => TensorNumbers.Filled([1], number, int64, _bits.device);
    }

    /// <summary>1 at points whose interpolation touches no pixel of a mask, 0 at the others.</summary>
    /// <inheritdoc cref="Sample" path="/param"/>
    /// <returns>(rows, points) float32.</returns>
    internal Tensor SampleOutside(Tensor points, (long Height, long Width) canvas, Tensor? rows = null)
    {
        using Tensor touched = Sample(points, canvas, rows);
        using Tensor outside = touched.IsZero();
        return outside.to(float32);
    }

    /// <inheritdoc/>
    public void Dispose() => _bits.Dispose();
}
