using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Checkpoints.Tensors;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;

namespace MLNetVision.Mask2Former;

/// <summary>A Mask2Former checkpoint in Hugging Face's form, on disk.</summary>
internal sealed class Mask2FormerCheckpoint
{
    private readonly string _path;

    private Mask2FormerCheckpoint(string path, Mask2FormerConfig config, Mask2FormerImageProcessorConfig preprocessing) =>
        (_path, Config, Preprocessing) = (path, config, preprocessing);

    public Mask2FormerConfig Config { get; }

    /// <summary>What preprocessor_config.json says; the processor's defaults without that file.</summary>
    public Mask2FormerImageProcessorConfig Preprocessing { get; }

    /// <summary>Reads the settings of a checkpoint; its weights are read when a model is made.</summary>
    /// <param name="folderOrId">A folder, or the id of a model, which is downloaded unless the local cache has it.</param>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="MLNetVision.Models.Common.Hub.HubException">There is neither such a folder nor such a model, or the hub cannot be reached.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken.</exception>
    public static Mask2FormerCheckpoint Open(string folderOrId)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrId);
        string path = Path.Exists(folderOrId) ? folderOrId : ModelHub.DownloadAsync(folderOrId).GetAwaiter().GetResult();
        using PretrainedFolder folder = PretrainedFolder.Open(path);
        Mask2FormerConfig config = PretrainedConfig.FromJson<Mask2FormerConfig>(folder.ConfigJson
            ?? throw new FileNotFoundException($"The checkpoint '{folderOrId}' has no config.json."));
        return new Mask2FormerCheckpoint(path, config, folder.PreprocessorJson is { } preprocessor
            ? Mask2FormerImageProcessorConfig.FromJson(preprocessor)
            : new Mask2FormerImageProcessorConfig());
    }

    /// <summary>The model as it was saved.</summary>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public Mask2FormerModelParameters LoadModel()
    {
        using var generator = new torch.Generator(0);
        var options = new PretrainedOptions { Mode = LoadMode.Strict, Generator = generator };
        return new Mask2FormerModelParameters(Mask2FormerForUniversalSegmentation.FromPretrained(_path, options), Preprocessing);
    }

    /// <summary>A network for other classes with the checkpoint's weights; a class head of another size starts anew.</summary>
    /// <param name="config">The checkpoint's settings, with other labels.</param>
    /// <param name="generator">Where new weights come from.</param>
    /// <param name="warning">Told what was left out or starts anew.</param>
    public Mask2FormerForUniversalSegmentation LoadAdapted(Mask2FormerConfig config, torch.Generator generator, Action<string> warning) =>
        Mask2FormerForUniversalSegmentation.FromPretrained(_path, new PretrainedOptions { Config = config, Generator = generator, Warning = warning });

    /// <summary>A network with weights that this library saved: all of them, under their own names.</summary>
    public static Mask2FormerForUniversalSegmentation Load(ICheckpoint checkpoint, Mask2FormerConfig config)
    {
        using var generator = new torch.Generator(0);
        var module = new Mask2FormerForUniversalSegmentation(config, WeightInitialization.HuggingFace, generator);
        CheckpointLoader.Load(module, checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        return module;
    }
}
