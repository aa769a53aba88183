using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Randomness;

namespace MLNetVision.Models.Training.Batches;

/// <summary>The training's pictures in the order of the epochs, varied ahead of time by several threads.</summary>
internal sealed class TrainingBatches : IDisposable
{
    private readonly OrderedPrefetch<PreparedImage> _pictures;

    /// <summary>Starts to prepare pictures.</summary>
    /// <param name="data">The pictures.</param>
    /// <param name="vary">Makes a training picture out of a decoded one.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="samplesPerEpoch">The pictures of an epoch, at most all.</param>
    /// <param name="begin">The first picture, counted over all epochs.</param>
    /// <param name="end">The picture after the last.</param>
    /// <param name="threads">The threads that prepare pictures.</param>
    /// <param name="ahead">The pictures that are prepared ahead.</param>
    public TrainingBatches(
        IImageClassificationData data, Func<RgbImage, RandomStream, RgbImage> vary, int seed, long samplesPerEpoch, long begin, long end, int threads, int ahead)
    {
        var order = new EpochOrder(seed, data.Count);
        _pictures = new OrderedPrefetch<PreparedImage>(begin, end, threads, ahead, sample =>
        {
            (long epoch, long position) = Math.DivRem(sample, samplesPerEpoch);
            int index = order.Of(epoch)[position];
            return PreparedImage.Load(data, index, image => vary(image, new RandomStream(seed, RandomPurpose.Augmentation, epoch, index)));
        });
    }

    /// <summary>The time spent waiting for pictures.</summary>
    public TimeSpan Waited => _pictures.Waited;

    /// <summary>The next pictures; those that could not be read are reported and left out. Null where fewer than two remain.</summary>
    public LabelledPictures? Take(int size, IDictionary<int, string> skipped)
    {
        var prepared = new PreparedImage[size];
        int readable = 0;
        for (int i = 0; i < size; i++)
        {
            prepared[i] = _pictures.Take();
            if (prepared[i].Image is null)
            {
                skipped[prepared[i].Index] = prepared[i].Error!;
            }
            else
            {
                readable++;
            }
        }

        // Batch normalisation needs two.
        return readable < 2 ? null : LabelledPictures.Pack(prepared);
    }

    public void Dispose() => _pictures.Dispose();
}
