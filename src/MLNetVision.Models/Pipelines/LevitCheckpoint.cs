using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using static TorchSharp.torch;

namespace MLNetVision.Models.Pipelines;

/// <summary>A LeViT checkpoint: its settings, and its weights in whatever form is wanted.</summary>
internal sealed class LevitCheckpoint
{
    // The names of the second head in Hugging Face's checkpoints and in the original ones.
    private static readonly string[] DistillationKeys = ["classifier_distill.", "head_dist."];

    private readonly PretrainedSource _source;

    private LevitCheckpoint(PretrainedSource source, LevitConfig config, LevitImageProcessorConfig preprocessing, bool hasDistillationHead)
    {
        _source = source;
        Config = config;
        Preprocessing = preprocessing;
        HasDistillationHead = hasDistillationHead;
    }

    public LevitConfig Config { get; }

    /// <summary>What preprocessor_config.json says; the usual settings for the model's image size without that file.</summary>
    public LevitImageProcessorConfig Preprocessing { get; }

    public bool HasDistillationHead { get; }

    /// <summary>Reads the settings of a checkpoint; its weights are read when a model is made.</summary>
    /// <inheritdoc cref="PretrainedSource.Resolve" path="/exception"/>
    /// <inheritdoc cref="Open(PretrainedSource)" path="/exception"/>
    public static LevitCheckpoint Open(string source) => Open(PretrainedSource.Resolve(source));

    /// <inheritdoc cref="Open(string)"/>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no LeViT.</exception>
    public static LevitCheckpoint Open(PretrainedSource source)
    {
        using PretrainedFolder folder = source.Open();
        LevitConfig config = folder.ReadConfig<LevitConfig>();
        LevitImageProcessorConfig preprocessing = folder.PreprocessorJson is { } json
            ? LevitImageProcessorConfig.FromJson(json)
            : LevitImageProcessorConfig.ForImageSize(config.ImageSize);
        bool hasDistillationHead = folder.Checkpoint.Entries.Any(entry => DistillationKeys.Any(key => entry.Name.StartsWith(key, StringComparison.Ordinal)));
        return new LevitCheckpoint(source, config, preprocessing, hasDistillationHead);
    }

    /// <summary>The network as it was saved, in eval mode.</summary>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public nn.Module LoadModule()
    {
        using var generator = new Generator(0);
        return Load(HasDistillationHead, new PretrainedOptions { Mode = LoadMode.Strict, Generator = generator });
    }

    /// <summary>The form for scoring on the CPU; where that is kernels, libtorch is not loaded.</summary>
    /// <param name="precision">In which numbers it multiplies.</param>
    /// <exception cref="InvalidDataException">Weights are missing, or do not fit the config.</exception>
    public LevitInference LoadInference(ScoringPrecision precision) =>
        LevitInference.FromPretrained(_source.Path, new PretrainedOptions { Mode = LoadMode.Strict }, precision);

    /// <summary>A network for other classes with the checkpoint's weights; heads of another size start anew.</summary>
    /// <param name="config">The checkpoint's settings, with other labels.</param>
    /// <param name="hasDistillationHead">Whether the network has a second head.</param>
    /// <param name="generator">Where new weights come from.</param>
    /// <param name="warning">Told what was left out.</param>
    /// <param name="information">Told what starts anew.</param>
    public nn.Module LoadAdapted(LevitConfig config, bool hasDistillationHead, Generator generator, Action<string> warning, Action<string> information) =>
        Load(hasDistillationHead, new PretrainedOptions { Config = config, Generator = generator, Warning = warning, Information = information });

    private nn.Module Load(bool hasDistillationHead, PretrainedOptions options) => hasDistillationHead
        ? LevitForImageClassificationWithTeacher.FromPretrained(_source.Path, options)
        : LevitForImageClassification.FromPretrained(_source.Path, options);
}
