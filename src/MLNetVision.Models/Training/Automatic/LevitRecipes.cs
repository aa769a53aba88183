using MLNetVision.Imaging.Augmentation;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Training.Classification;

namespace MLNetVision.Models.Training.Automatic;

/// <summary>Trainings of LeViT that follow the data: network and input from the pictures' size, passes from their number, batch and learning rate from both.</summary>
/// <remarks>
/// Measured on datasets/digits alone (1,347 pictures of 8×8), with two cores of an AMD EPYC (Zen 5) and other programs beside; the
/// larger networks follow LeViT's proportions.
/// </remarks>
internal static class LevitRecipes
{
    // So many pictures are worth the largest input from scratch; fewer are learnt as well, and faster, at half of it.
    private const int PicturesForLargeInput = 5000;

    private const int SmallInput = 32;

    /// <summary>A network for new weights.</summary>
    public static LevitConfig Network(PictureFacts facts) => facts switch
    {
        { Side: < PictureFacts.SmallSide } => new LevitConfig { ImageSize = SmallInput, HiddenSizes = [32, 64, 96], NumAttentionHeads = [2, 4, 6], Depths = [2, 2, 2] },
        { Side: < 128 } => new LevitConfig { ImageSize = 64, HiddenSizes = [48, 96, 144], NumAttentionHeads = [3, 6, 9], Depths = [2, 2, 2] },
        { Side: >= 224, Pictures: >= PicturesForLargeInput } => LevitPresets.Get("levit-128S"),
        _ => LevitPresets.Get("levit-128S") with { ImageSize = 128 },
    };

    /// <summary>How pictures are prepared for that network: small ones whole, others by their middle.</summary>
    public static LevitImageProcessorConfig Preparation(LevitConfig network) => network.ImageSize <= SmallInput
        ? new LevitImageProcessorConfig { Size = ImageSize.Fixed(network.ImageSize, network.ImageSize), DoCenterCrop = false }
        : LevitImageProcessorConfig.ForImageSize(network.ImageSize);

    /// <summary>A training of new weights.</summary>
    public static LevitTrainingOptions FromScratch(PictureFacts facts, LevitConfig network)
    {
        int batch = Batch(facts, largest: 64);
        (int seen, double rate) = network.ImageSize switch
        {
            <= SmallInput => (80_000, 2e-3),
            <= 64 => (60_000, 2e-3),
            _ => (40_000, 1e-3),
        };
        int epochs = Math.Clamp(seen / facts.Pictures, 15, 100);
        long steps = (long)epochs * Math.Max(1, facts.Pictures / batch);
        return new LevitTrainingOptions
        {
            Epochs = epochs,
            BatchSize = batch,
            LearningRate = rate * batch / 64,
            LearningRateBatchSize = null,
            WeightDecay = 0.05,
            WeightAverageDecay = steps >= 300 ? 0.99 : null,
            ComputeThreads = Threads(network),
            Augmentation = Augmentation(facts),
        };
    }

    /// <summary>A training that begins with the weights of a checkpoint.</summary>
    public static LevitTrainingOptions FineTuning(PictureFacts facts, LevitConfig network) => new()
    {
        Epochs = Math.Clamp(8_000 / facts.Pictures, 5, 30),
        BatchSize = Batch(facts, largest: 32),
        LearningRate = 1.25e-4,
        LearningRateBatchSize = null,
        ComputeThreads = Threads(network),
        Augmentation = Augmentation(facts),
    };

    private static int Batch(PictureFacts facts, int largest) => Math.Min(largest, facts.Pictures switch
    {
        >= 1000 => 64,
        >= 300 => 32,
        _ => 16,
    });

    // More threads would only wait for each other.
    private static int? Threads(LevitConfig network) => network.ImageSize <= SmallInput && network.HiddenSizes[0] <= 64 ? 1 : null;

    private static ImageAugmentation Augmentation(PictureFacts facts) => facts.MayMirror
        ? new ImageAugmentation { ColorJitter = 0.2 }
        : ImageAugmentation.None with { Shift = 0.1, Zoom = 0.15, Rotation = 12, Shear = 0.1 };
}
