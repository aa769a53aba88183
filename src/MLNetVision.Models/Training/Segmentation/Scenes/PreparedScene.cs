using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;
using MLNetVision.Models.Pipelines;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>A training picture on its way into a batch, or why there is none.</summary>
/// <param name="Index">The picture in its data.</param>
/// <param name="Image">Its pixels, not yet padded; null where it could not be read.</param>
/// <param name="Masks">The bits of each mask that has a pixel left.</param>
/// <param name="Classes">The classes of those.</param>
/// <param name="Ignored">The bits of the ignored pixels; null for none.</param>
/// <param name="Error">Why it could not be read.</param>
internal sealed record PreparedScene(int Index, RgbImage? Image, IReadOnlyList<byte[]> Masks, IReadOnlyList<long> Classes, byte[]? Ignored, string? Error)
{
    /// <summary>Loads and varies a picture; one that cannot be read is reported, other errors are thrown.</summary>
    public static PreparedScene Load(ISegmentationData data, int index, SegmentationAugmentation augmentation, RandomStream random)
    {
        SegmentationSample sample;
        try
        {
            sample = data.Load(index);
            sample.Validate();
        }
        catch (Exception e) when (ReadablePictures.IsUnreadable(e))
        {
            return new PreparedScene(index, null, [], [], null, e.Message);
        }

        var transform = new SceneTransform(augmentation, sample.Image.Width, sample.Image.Height, random);
        var masks = new List<byte[]>();
        var classes = new List<long>();
        for (int i = 0; i < sample.Masks.Count; i++)
        {
            if (MaskBits.Create(sample.Masks[i], transform) is { } bits)
            {
                masks.Add(bits);
                classes.Add(sample.Classes[i]);
            }
        }

        byte[]? ignored = sample.Ignored is null ? null : MaskBits.Create(sample.Ignored, transform);
        return new PreparedScene(index, transform.Apply(sample.Image), masks, classes, ignored, null);
    }
}
