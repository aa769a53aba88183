using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Mask2Former.Processing;
using static TorchSharp.torch;

namespace PretrainScenes;

/// <summary>Makes network input of painted pixels.</summary>
internal static class Pixels
{
    /// <summary>Uint8, (batch, height, width, 3), to normalised float, (batch, 3, height, width), in the caller's dispose scope.</summary>
    public static Tensor Normalise(Tensor pixels, Mask2FormerImageProcessorConfig preprocessing)
    {
        Tensor mean = tensor(PerChannel(preprocessing.ImageMean)).view(1, 3, 1, 1);
        Tensor deviation = tensor(PerChannel(preprocessing.ImageStd)).view(1, 3, 1, 1);
        return (pixels.permute(0, 3, 1, 2).to(float32).Over(255) - mean) / deviation;
    }

    private static float[] PerChannel(ChannelValues values) => [(float)values[0], (float)values[1], (float)values[2]];
}
