using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Processing;

/// <summary>A batch for Mask2Former: pictures padded right and bottom to one size, and their targets where truth was given.</summary>
public sealed class Mask2FormerInputs : IDisposable
{
    internal Mask2FormerInputs(Tensor pixelValues, Tensor pixelMask, IReadOnlyList<(int Height, int Width)> sizes, IReadOnlyList<EncodedSegments>? segments)
    {
        (PixelValues, PixelMask, Sizes, Segments) = (pixelValues, pixelMask, sizes, segments);
    }

    /// <summary>(N, 3, H, W), float32 (uint8 when neither rescaling nor normalising is on); padding is 0.</summary>
    public Tensor PixelValues { get; }

    /// <summary>(N, H, W), int64: 1 where the picture is, 0 where padding is.</summary>
    public Tensor PixelMask { get; }

    /// <summary>The sides of each picture without its padding.</summary>
    public IReadOnlyList<(int Height, int Width)> Sizes { get; }

    /// <summary>The targets of each picture; null when no truth was given.</summary>
    public IReadOnlyList<EncodedSegments>? Segments { get; }

    /// <summary>The rows H of the batch.</summary>
    public int Height => (int)PixelValues.shape[2];

    /// <summary>The columns W of the batch.</summary>
    public int Width => (int)PixelValues.shape[3];

    /// <inheritdoc/>
    public void Dispose()
    {
        PixelValues.Dispose();
        PixelMask.Dispose();
    }
}
