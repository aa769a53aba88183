using MLNetVision.Models.Common.Checkpoints;
using MLNetVision.Models.Levit;
using TorchSharp;

namespace MLNetVision.Levit;

/// <summary>A LeViT checkpoint in Hugging Face's form, on disk.</summary>
internal sealed class LevitCheckpoint
{
    private const string DistillationKey = "classifier_distill.";
    private const string HeadKey = "classifier";

    private readonly string _path;

    private LevitCheckpoint(string path, LevitConfig config, LevitImageProcessorConfig preprocessing)
    {
        _path = path;
        Config = config;
        Preprocessing = preprocessing;
    }

    public LevitConfig Config { get; }

    /// <summary>What preprocessor_config.json says; the usual settings for the model's image size without that file.</summary>
    public LevitImageProcessorConfig Preprocessing { get; }

    /// <summary>Reads the settings of a checkpoint; its weights are read when a model is made.</summary>
    /// <param name="folderOrId">A folder, or the id of a model that is in the local cache of the Hugging Face hub.</param>
    /// <exception cref="FileNotFoundException">There is no such checkpoint.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken.</exception>
    public static LevitCheckpoint Open(string folderOrId)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrId);
        using PretrainedFolder folder = PretrainedFolder.Open(folderOrId);
        LevitConfig config = LevitConfig.FromJson(folder.ConfigJson
            ?? throw new FileNotFoundException($"The checkpoint '{folderOrId}' has no config.json."));
        return new LevitCheckpoint(folderOrId, config, folder.PreprocessorJson is { } preprocessor
            ? LevitImageProcessorConfig.FromJson(preprocessor)
            : LevitImageProcessorConfig.ForImageSize(config.ImageSize));
    }

    /// <summary>The model as it was saved.</summary>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public LevitModelParameters LoadModel()
    {
        using PretrainedFolder folder = PretrainedFolder.Open(_path);
        using var generator = new torch.Generator(0);
        torch.nn.Module module = LevitModelParameters.CreateModule(Config, HasDistillationHead(folder.Checkpoint), LevitInitialization.HuggingFace, generator);
        CheckpointLoader.Load(module, folder.Checkpoint, new LoadOptions { Mode = LoadMode.Strict });
        return new LevitModelParameters(module, Config, Preprocessing);
    }

    /// <summary>Copies the weights into a model that may have other classes: its heads then keep their own.</summary>
    /// <param name="module">The model.</param>
    /// <param name="warning">Told what was left out or kept.</param>
    public LoadReport LoadInto(torch.nn.Module module, Action<string> warning)
    {
        using PretrainedFolder folder = PretrainedFolder.Open(_path);
        return CheckpointLoader.Load(module, folder.Checkpoint, new LoadOptions
        {
            Mode = LoadMode.Lenient,
            Warning = warning,
            BasePrefix = "levit.",
            IsHeadKey = key => key.StartsWith(HeadKey, StringComparison.Ordinal) && key.Contains(".linear.", StringComparison.Ordinal),
        });
    }

    private static bool HasDistillationHead(ICheckpoint checkpoint) =>
        checkpoint.Entries.Any(entry => entry.Name.StartsWith(DistillationKey, StringComparison.Ordinal));
}
