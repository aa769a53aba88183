using MLNetVision.Imaging.Pictures;

namespace MLNetVision.Models.Common.Processing;

/// <summary>What each byte becomes in each channel: rescaling and normalising as one table, exact by construction.</summary>
internal sealed class ChannelLookup
{
    private const int Levels = 256;

    private ChannelLookup(float[] values, bool keepsBytes)
    {
        Values = values;
        KeepsBytes = keepsBytes;
    }

    /// <summary>256 values for red, then for green, then for blue.</summary>
    public float[] Values { get; }

    /// <summary>Whether neither rescaling nor normalising was asked for, so that pictures stay bytes.</summary>
    public bool KeepsBytes { get; }

    /// <summary>What 0 becomes in a channel: the padding that is laid on before normalising.</summary>
    public float Zero(int channel) => Values[channel * Levels];

    public static ChannelLookup Create(ImageProcessorConfig config)
    {
        var values = new float[RgbImage.Channels * Levels];
        for (int channel = 0; channel < RgbImage.Channels; channel++)
        {
            float mean = (float)config.ImageMean[channel];
            float std = (float)config.ImageStd[channel];
            for (int level = 0; level < Levels; level++)
            {
                // The product in double, rounded once; the rest in single precision, as the reference does.
                float value = config.DoRescale ? (float)(level * config.RescaleFactor) : level;
                values[channel * Levels + level] = config.DoNormalize ? (value - mean) / std : value;
            }
        }

        return new ChannelLookup(values, !config.DoRescale && !config.DoNormalize);
    }
}
