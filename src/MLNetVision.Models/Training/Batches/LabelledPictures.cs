using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Batches;

/// <summary>Pictures of one size and their classes in memory.</summary>
/// <param name="Pixels">uint8 (batch, side, side, 3).</param>
/// <param name="Classes">int64 (batch).</param>
internal sealed record LabelledPictures(Tensor Pixels, Tensor Classes) : IDisposable
{
    /// <summary>The number of pictures.</summary>
    public long Count => Classes.shape[0];

    /// <summary>Packs the pictures that could be read; null where none could.</summary>
    public static LabelledPictures? Pack(IReadOnlyList<PreparedImage> prepared)
    {
        PreparedImage[] readable = [.. prepared.Where(item => item.Image is not null)];
        if (readable.Length == 0)
        {
            return null;
        }

        RgbImage first = readable[0].Image!;
        int bytes = first.Pixels.Length;
        Tensor pixels = empty([readable.Length, first.Height, first.Width, RgbImage.Channels], ScalarType.Byte);
        Span<byte> target = pixels.bytes;
        for (int i = 0; i < readable.Length; i++)
        {
            readable[i].Image!.Pixels.CopyTo(target.Slice(i * bytes, bytes));
        }

        return new LabelledPictures(pixels, tensor(readable.Select(item => (long)item.Class).ToArray()));
    }

    /// <summary>The pixels as float32 (batch, 3, side, side) from 0 to 1 on a device; the memory stays channels-last.</summary>
    public Tensor ToUnitRange(Device device) => DeviceUpload.To(Pixels, device).to(ScalarType.Float32).Divide(255).permute(0, 3, 1, 2);

    public void Dispose()
    {
        Pixels.Dispose();
        Classes.Dispose();
    }
}
