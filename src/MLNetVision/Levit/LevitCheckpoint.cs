using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Hub;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>A LeViT checkpoint: a folder, or a model of the Hugging Face hub.</summary>
internal sealed class LevitCheckpoint
{
    // The names of the second head in Hugging Face's checkpoints and in the original ones.
    private static readonly string[] DistillationKeys = ["classifier_distill.", "head_dist."];

    private readonly string _path;

    private LevitCheckpoint(string path, LevitConfig config, LevitImageProcessorConfig preprocessing, bool hasDistillationHead)
    {
        _path = path;
        Config = config;
        Preprocessing = preprocessing;
        HasDistillationHead = hasDistillationHead;
    }

    public LevitConfig Config { get; }

    /// <summary>What preprocessor_config.json says; the usual settings for the model's image size without that file.</summary>
    public LevitImageProcessorConfig Preprocessing { get; }

    public bool HasDistillationHead { get; }

    /// <summary>Reads the settings of a checkpoint; its weights are read when a model is made.</summary>
    /// <param name="folderOrId">A folder, or the id of a model, which is downloaded unless the local cache has it.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no config.json.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken.</exception>
    public static LevitCheckpoint Open(string folderOrId)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrId);
        string path = Path.Exists(folderOrId) ? folderOrId : ModelHub.DownloadAsync(folderOrId).GetAwaiter().GetResult();
        using PretrainedFolder folder = PretrainedFolder.Open(path);
        LevitConfig config = LevitConfig.FromJson(folder.ConfigJson
            ?? throw new FileNotFoundException($"The checkpoint '{folderOrId}' has no config.json."));
        LevitImageProcessorConfig preprocessing = folder.PreprocessorJson is { } json
            ? LevitImageProcessorConfig.FromJson(json)
            : LevitImageProcessorConfig.ForImageSize(config.ImageSize);
        bool hasDistillationHead = folder.Checkpoint.Entries.Any(entry => DistillationKeys.Any(key => entry.Name.StartsWith(key, StringComparison.Ordinal)));
        return new LevitCheckpoint(path, config, preprocessing, hasDistillationHead);
    }

    /// <summary>The model as it was saved.</summary>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public LevitModelParameters LoadModel()
    {
        using var generator = new Generator(0);
        var options = new PretrainedOptions { Mode = LoadMode.Strict, Generator = generator };
        return new LevitModelParameters(Load(HasDistillationHead, options), Config, Preprocessing);
    }

    /// <summary>A network for other classes with the checkpoint's weights; heads of another size start anew.</summary>
    /// <param name="config">The checkpoint's settings, with other labels.</param>
    /// <param name="hasDistillationHead">Whether the network has a second head.</param>
    /// <param name="generator">Where new weights come from.</param>
    /// <param name="warning">Told what was left out or starts anew.</param>
    public nn.Module LoadAdapted(LevitConfig config, bool hasDistillationHead, Generator generator, Action<string> warning) =>
        Load(hasDistillationHead, new PretrainedOptions { Config = config, Generator = generator, Warning = warning });

    private nn.Module Load(bool hasDistillationHead, PretrainedOptions options) => hasDistillationHead
        ? LevitForImageClassificationWithTeacher.FromPretrained(_path, options)
        : LevitForImageClassification.FromPretrained(_path, options);
}
