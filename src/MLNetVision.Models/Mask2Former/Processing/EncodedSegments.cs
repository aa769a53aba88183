using MLNetVision.Imaging.Masks;
using MLNetVision.Imaging.Memory;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>The targets of one picture in the pixels of the model's input, as runs: mask_labels and class_labels.</summary>
/// <param name="Height">The picture's rows after resizing, without padding.</param>
/// <param name="Width">The picture's columns after resizing, without padding.</param>
/// <param name="Masks">One mask a segment, each of Height x Width.</param>
/// <param name="Classes">The class of each segment.</param>
/// <param name="Void">The pixels that the truth says nothing about; null when every pixel counts.</param>
public sealed record EncodedSegments(int Height, int Width, IReadOnlyList<RunLengthMask> Masks, IReadOnlyList<long> Classes, RunLengthMask? Void)
{
    /// <summary>Writes the masks as a tensor.</summary>
    /// <param name="height">The tensor's rows, at least <see cref="Height"/>; what the picture does not cover is 0.</param>
    /// <param name="width">The tensor's columns, at least <see cref="Width"/>.</param>
    /// <param name="dtype">The element type; float32 is what transformers gives, uint8 a quarter of it.</param>
    /// <returns>(segments, height, width) of 0 and 1; (0, height, width) where there is no segment.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The tensor would be smaller than the picture.</exception>
    public Tensor ToMaskLabels(int height, int width, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, Height);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, Width);
        Tensor labels = zeros([Masks.Count, height, width], ScalarType.Byte);
        using var pixels = new ArrayLoan<byte>(Height * Width);
        for (int i = 0; i < Masks.Count; i++)
        {
            Span<byte> own = pixels.Span;
            Masks[i].CopyRowMajor(own);
            using Tensor plane = labels[i];
            Span<byte> target = plane.bytes;
            for (int row = 0; row < Height; row++)
            {
                own.Slice(row * Width, Width).CopyTo(target[(row * width)..]);
            }
        }

        if (dtype == ScalarType.Byte)
        {
            return labels;
        }

        using (labels)
        {
            return labels.to(dtype);
        }
    }

    /// <summary>Writes the classes as a tensor.</summary>
    /// <returns>(segments) int64.</returns>
    public Tensor ToClassLabels() => Classes.Count == 0 ? zeros([0], ScalarType.Int64) : tensor(Classes.ToArray());
}
