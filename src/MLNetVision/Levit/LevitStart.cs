using Microsoft.ML.Runtime;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Internals;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>The network with which a training starts.</summary>
internal static class LevitStart
{
    /// <summary>The network that is made where the options name none.</summary>
    public const string DefaultPreset = "levit-128S";

    /// <summary>Makes the network for some classes.</summary>
    /// <param name="options">From what it is made.</param>
    /// <param name="labels">The names of the classes.</param>
    /// <param name="seed">Where new weights come from.</param>
    /// <param name="host">Whose log is told of a download.</param>
    /// <param name="warning">Told what of a checkpoint was not used.</param>
    public static LevitModelParameters Create(LevitTrainer.Options options, IReadOnlyList<string> labels, int seed, IHost host, Action<string> warning)
    {
        using var generator = new Generator((ulong)(uint)seed);
        bool hasDistillationHead = options.DistillationHead ?? options.HasTeacher;
        if (options.Checkpoint is null)
        {
            LevitConfig start = options.Config ?? LevitPresets.Get(options.Preset ?? DefaultPreset);
            LevitConfig config = Adapt(start with { ImageSize = options.ImageSize ?? start.ImageSize }, options, labels);
            return new LevitModelParameters(
                LevitModelParameters.CreateModule(config, hasDistillationHead, LevitInitialization.Original, generator), config,
                options.Preprocessing ?? LevitImageProcessorConfig.ForImageSize(config.ImageSize));
        }

        LevitCheckpoint checkpoint = LevitCheckpoint.Open(HostDownloads.Resolve(host, options.Checkpoint, options.Hub, options.CancellationToken));
        LevitConfig kept = Adapt(checkpoint.Config, options, labels);
        nn.Module module = checkpoint.LoadAdapted(kept, hasDistillationHead, generator, warning);
        LevitImageProcessorConfig preprocessing = options.Preprocessing ?? checkpoint.Preprocessing;
        if (options.ImageSize is not { } size || size == kept.ImageSize)
        {
            return new LevitModelParameters(module, kept, preprocessing);
        }

        using (module)
        {
            nn.Module resized = module is LevitForImageClassificationWithTeacher distilled
                ? distilled.WithImageSize(size)
                : ((LevitForImageClassification)module).WithImageSize(size);
            return new LevitModelParameters(resized, kept with { ImageSize = size }, options.Preprocessing ?? preprocessing with
            {
                Size = ImageSize.Shortest(size),
                CropSize = ImageSize.Fixed(size, size),
            });
        }
    }

    private static LevitConfig Adapt(LevitConfig config, LevitTrainer.Options options, IReadOnlyList<string> labels) => config with
    {
        Labels = labels,
        DropPathRate = options.DropPathRate ?? config.DropPathRate,
    };
}
