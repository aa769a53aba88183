using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Segmentation.Scenes;
using static TorchSharp.torch;

namespace MLNetVision.Mask2Former;

/// <summary>The network with which a training starts.</summary>
internal static class Mask2FormerStart
{
    // Of the longest to the shortest edge, as in the processor's defaults.
    private const double EdgeRatio = 1333.0 / 800;

    /// <summary>Makes the network for some classes.</summary>
    /// <param name="options">From what it is made.</param>
    /// <param name="labels">The names of the classes.</param>
    /// <param name="seed">Where new weights come from.</param>
    /// <param name="host">Whose log is told of a download.</param>
    /// <param name="warning">Told what of a checkpoint was not used.</param>
    public static Mask2FormerModelParameters Create(Mask2FormerTrainer.Options options, IReadOnlyList<string> labels, int seed, IHost host, Action<string> warning)
    {
        using var generator = new Generator((ulong)(uint)seed);
        if (options.Checkpoint is null)
        {
            Mask2FormerConfig config = Adapted(options.Config ?? new Mask2FormerConfig(), options, labels);
            return new Mask2FormerModelParameters(
                new Mask2FormerForUniversalSegmentation(config, WeightInitialization.Original, generator), options.Preprocessing ?? ForCrops(options.Training.Augmentation));
        }

        Mask2FormerCheckpoint checkpoint = Mask2FormerCheckpoint.Open(HostDownloads.Resolve(host, options.Checkpoint, options.Hub, options.CancellationToken));
        Mask2FormerImageProcessorConfig preprocessing = options.Preprocessing ?? checkpoint.Preprocessing;
        return new Mask2FormerModelParameters(
            checkpoint.LoadAdapted(Adapted(checkpoint.Config, options, labels), generator, warning),
            preprocessing with { NumLabels = preprocessing.NumLabels is null ? null : labels.Count });
    }

    private static Mask2FormerConfig Adapted(Mask2FormerConfig config, Mask2FormerTrainer.Options options, IReadOnlyList<string> labels) =>
        config with { Labels = labels, NumQueries = options.NumQueries ?? config.NumQueries };

    /// <summary>Pictures as large as in training: their shorter side is the crop's.</summary>
    private static Mask2FormerImageProcessorConfig ForCrops(SegmentationAugmentation augmentation)
    {
        int shortest = Math.Min(augmentation.CropHeight, augmentation.CropWidth);
        int longest = Math.Max(augmentation.CropHeight, augmentation.CropWidth);
        return new Mask2FormerImageProcessorConfig { Size = ImageSize.Edges(shortest, (int)Math.Round(longest * EdgeRatio)) };
    }
}
