using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Training.Batches;

namespace MLNetVision.Tests.Models.Training.Classification;

/// <summary>Noise with a bright bar whose place tells the class.</summary>
internal sealed class SyntheticImages(int count, int classes = 3, int seed = 0, IReadOnlySet<int>? broken = null) : IImageClassificationData
{
    private int _loads;

    public int Count => count;

    public int Loads => _loads;

    public int ClassOf(int index) => index % classes;

    public string NameOf(int index) => $"picture {index}";

    public RgbImage Load(int index)
    {
        Interlocked.Increment(ref _loads);
        if (broken?.Contains(index) == true)
        {
            throw new InvalidDataException($"picture {index} is broken");
        }

        var random = new Random((seed * 100000) + index);
        var image = new RgbImage(32, 32);
        foreach (ref byte value in image.Pixels)
        {
            value = (byte)random.Next(128);
        }

        for (int y = 0; y < 32; y++)
        {
            image.Row(y).Slice(ClassOf(index) * 24, 24).Fill(230);
        }

        return image;
    }
}
