using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Training.Batches;
using MLNetVision.Models.Training.Segmentation.Targets;
using MLNetVision.Models.Training.Segmentation.Targets.Kernels;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Segmentation.Scenes;

/// <summary>The pictures of a batch as the network's input, with their targets.</summary>
internal sealed class SceneBatch : IDisposable
{
    // detectron2's grey, close to the mean of photographs.
    private const byte Padding = 128;

    // The backbone's coarsest map has a pixel then.
    private const int LeastSide = 32;

    private SceneBatch(Tensor pixelValues, SegmentationTargets targets) => (PixelValues, Targets) = (pixelValues, targets);

    /// <summary>(batch, 3, height, width) float32, normalised.</summary>
    public Tensor PixelValues { get; }

    public SegmentationTargets Targets { get; }

    /// <summary>
    /// Packs pictures that could be read, right and bottom padded to the largest of them and to whole patches, so that the
    /// maps of masks cover just the padded picture.
    /// </summary>
    public static SceneBatch Pack(IReadOnlyList<PreparedScene> scenes, int patchSize, InputScaling scaling, Device device)
    {
        using var scope = NewDisposeScope();
        int height = Side(scenes.Max(scene => scene.Image!.Height)), width = Side(scenes.Max(scene => scene.Image!.Width));
        Tensor bytes = TensorNumbers.Filled([scenes.Count, height, width, RgbImage.Channels], Padding, ScalarType.Byte);
        var targets = new SegmentationTarget[scenes.Count];
        for (int i = 0; i < scenes.Count; i++)
        {
            RgbImage image = scenes[i].Image!;
            using Tensor place = bytes[i].narrow(0, 0, image.Height).narrow(1, 0, image.Width);
            using Tensor pixels = tensor(image.Pixels.ToArray(), [image.Height, image.Width, RgbImage.Channels]);
            place.copy_(pixels);
            targets[i] = Target(scenes[i], image, device);
        }

        Tensor unit = DeviceUpload.To(bytes, device).permute(0, 3, 1, 2).to(float32).Divide(255);
        return new SceneBatch(scaling.Apply(unit).contiguous().DetachFromDisposeScope(), new SegmentationTargets(targets, height, width));

        int Side(int largest) => (Math.Max(LeastSide, largest) + patchSize - 1) / patchSize * patchSize;
    }

    public void Dispose()
    {
        PixelValues.Dispose();
        foreach (SegmentationTarget target in Targets.Images)
        {
            target.Dispose();
        }
    }

    private static SegmentationTarget Target(PreparedScene scene, RgbImage image, Device device) => new(
        PackedMasks.FromBits(scene.Masks, image.Height, image.Width, device), scene.Classes,
        scene.Ignored is null ? null : PackedMasks.FromBits([scene.Ignored], image.Height, image.Width, device));
}
