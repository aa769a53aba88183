using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Common.Processing;
using static TorchSharp.torch;

namespace MLNetVision.Models.Training.Batches;

/// <summary>A processor's rescaling and normalising as one multiplication and one addition, of pixels from 0 to 1 on any device.</summary>
internal sealed class InputScaling : IDisposable
{
    private const double LargestByte = 255;
    private readonly Tensor _factor;
    private readonly Tensor _offset;

    public InputScaling(ImageProcessorConfig config, Device device)
    {
        double unit = LargestByte * (config.DoRescale ? config.RescaleFactor : 1);
        bool normalize = config.DoNormalize;
        double[] mean = Channels(config.ImageMean, normalize, 0);
        double[] deviation = Channels(config.ImageStd, normalize, 1);
        _factor = ToTensor(deviation.Select(value => unit / value), device);
        _offset = ToTensor(mean.Zip(deviation, (m, d) => -m / d), device);

        // What the network sees as 0 and as 1, in pixels from 0 to 1: the noise of random erasing.
        ChannelValues noiseMean = normalize ? config.ImageMean : ChannelValues.ImageNetMean;
        ChannelValues noiseDeviation = normalize ? config.ImageStd : ChannelValues.ImageNetStandardDeviation;
        double noiseUnit = normalize ? unit : 1;
        Mean = [.. Channels(noiseMean, true, 0).Select(value => value / noiseUnit)];
        Deviation = [.. Channels(noiseDeviation, true, 1).Select(value => Math.Abs(value / noiseUnit))];
    }

    /// <summary>The mean of each channel, in pixels from 0 to 1.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>The standard deviation of each channel, in pixels from 0 to 1.</summary>
    public IReadOnlyList<double> Deviation { get; }

    /// <summary>Pixels from 0 to 1 as the network's input: float32 (batch, 3, height, width) both.</summary>
    public Tensor Apply(Tensor pixels) => _offset.PlusProduct(pixels, _factor);

    public void Dispose()
    {
        _factor.Dispose();
        _offset.Dispose();
    }

    private static double[] Channels(ChannelValues values, bool use, double otherwise) =>
        [.. Enumerable.Range(0, RgbImage.Channels).Select(channel => use ? values[channel] : otherwise)];

    private static Tensor ToTensor(IEnumerable<double> channels, Device device)
    {
        using var scope = NewDisposeScope();
        return tensor(channels.Select(value => (float)value).ToArray()).view(1, RgbImage.Channels, 1, 1).to(device).DetachFromDisposeScope();
    }
}
