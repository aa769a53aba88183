using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former.Pixels;

/// <summary>
/// The fixed position embedding of DETR: sines and cosines of the normalised row in the first half of the channels,
/// of the column in the second. Computed once per size; safe to use from several threads.
/// </summary>
/// <param name="channels">The channels of the embedding, a multiple of four.</param>
internal sealed class SinePositionEmbedding(int channels) : IDisposable
{
    private const double Temperature = 10000;
    private const double Epsilon = 1e-6;
    private const int KeptSizes = 32;

    private readonly TensorsBySize<MapSize> _embeddings = new(KeptSizes);

    /// <summary>The embedding of a map, (1, height * width, channels).</summary>
    public Tensor Get(long height, long width, Device device, ScalarType type) => _embeddings.Get(new MapSize((int)height, (int)width), device, type, size => Compute(size.Height, size.Width));

    public void Dispose() => _embeddings.Dispose();

    private Tensor Compute(long height, long width)
    {
        Tensor rows = Axis(height).unsqueeze(1).expand(height, width, channels / 2);
        Tensor columns = Axis(width).unsqueeze(0).expand(height, width, channels / 2);
        return cat([rows, columns], -1).reshape(1, height * width, channels);
    }

    /// <summary>(size, channels / 2): alternately the sine and the cosine of the position, at falling frequencies.</summary>
    private Tensor Axis(long size)
    {
        Tensor position = TensorNumbers.Range(1, size, float32).Over(size + Epsilon).Times(2 * Math.PI);
        Tensor exponent = TensorNumbers.Range(0, channels / 4, float32).Times(4.0).Over(channels);
        Tensor frequency = pow(Temperature, exponent);
        Tensor angle = position.unsqueeze(1) / frequency; // (size, channels / 4)
        return stack([angle.sin(), angle.cos()], -1).view(size, channels / 2);
    }
}
