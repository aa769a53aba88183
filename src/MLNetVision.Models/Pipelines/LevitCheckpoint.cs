using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Engines;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Inference;
using MLNetVision.Models.Levit.Processing;
using static TorchSharp.torch;

namespace MLNetVision.Models.Pipelines;

/// <summary>A LeViT checkpoint: its settings, and its weights in whatever form is wanted.</summary>
internal sealed class LevitCheckpoint
{
    private const string DistillationHead = "classifier_distill.";

    private readonly PretrainedSource _source;
    private readonly StoredModelFile? _modelFile;

    private LevitCheckpoint(PretrainedSource source, LevitConfig config, LevitImageProcessorConfig preprocessing, bool hasDistillationHead, StoredModelFile? modelFile = null)
    {
        _source = source;
        _modelFile = modelFile;
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
        bool hasDistillationHead = LevitKeyNames.All.Adapt(folder.Checkpoint).Entries.Any(entry => entry.Name.StartsWith(DistillationHead, StringComparison.Ordinal));
        return new LevitCheckpoint(source, config, preprocessing, hasDistillationHead);
    }

    /// <summary>Reads the settings of the network in an ML.NET model file, whose classes have the names that they had in the training.</summary>
    /// <exception cref="InvalidDataException">It is broken, or the network is no LeViT.</exception>
    public static LevitCheckpoint Open(PretrainedSource source, StoredModelFile modelFile)
    {
        StoredNetwork network = modelFile.Network;
        if (network.ModelType != new LevitConfig().ModelType)
        {
            throw new InvalidDataException($"'{source.Name}' {NetworkKinds.Mismatch(network.ModelType, "levit")}");
        }

        LevitConfig config = LevitConfig.FromJson(network.ConfigJson);
        return new LevitCheckpoint(
            source, config.NumLabels == network.Labels.Count ? config with { Labels = network.Labels } : config, LevitImageProcessorConfig.FromJson(network.PreprocessingJson),
            network.HasDistillationHead, modelFile);
    }

    /// <summary>The network as it was saved, in eval mode.</summary>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out.</param>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public nn.Module LoadModule(Action<string> warning)
    {
        Tell(warning);
        using var generator = new Generator(0);
        if (_modelFile is not null)
        {
            return _modelFile.UseWeights(weights =>
            {
                nn.Module module = HasDistillationHead
                    ? new LevitForImageClassificationWithTeacher(Config, LevitInitialization.HuggingFace, generator)
                    : new LevitForImageClassification(Config, LevitInitialization.HuggingFace, generator);
                CheckpointLoader.Load(module, weights, new LoadOptions { Mode = LoadMode.Strict });
                module.eval();
                return module;
            });
        }

        return Load(HasDistillationHead, new PretrainedOptions { Mode = LoadMode.Complete, Generator = generator, Warning = warning });
    }

    /// <summary>The form for scoring on the CPU; where that is kernels, libtorch is not loaded.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out.</param>
    /// <exception cref="InvalidDataException">Weights are missing, or do not fit the config.</exception>
    public LevitInference LoadInference(EngineChoice engine, Action<string> warning)
    {
        if (_modelFile is not null)
        {
            return _modelFile.UseWeights(weights => LevitInference.FromCheckpoint(Config, weights, engine));
        }

        Tell(warning);
        return LevitInference.FromPretrained(_source.Path, new PretrainedOptions { Mode = LoadMode.Complete, Warning = warning }, engine);
    }

    /// <summary>A network for other classes with the checkpoint's weights; heads of another size start anew.</summary>
    /// <param name="config">The checkpoint's settings, with other labels.</param>
    /// <param name="hasDistillationHead">Whether the network has a second head.</param>
    /// <param name="generator">Where new weights come from.</param>
    /// <param name="warning">Told what was left out.</param>
    /// <param name="information">Told what starts anew.</param>
    public nn.Module LoadAdapted(LevitConfig config, bool hasDistillationHead, Generator generator, Action<string> warning, Action<string> information)
    {
        Tell(warning);
        return Load(hasDistillationHead, new PretrainedOptions { Config = config, Generator = generator, Warning = warning, Information = information });
    }

    // What is odd about the config, whoever loads the weights says.
    private void Tell(Action<string> warning) => Array.ForEach([.. Preprocessing.Complaints], warning);

    private nn.Module Load(bool hasDistillationHead, PretrainedOptions options) => hasDistillationHead
        ? LevitForImageClassificationWithTeacher.FromPretrained(_source.Path, options)
        : LevitForImageClassification.FromPretrained(_source.Path, options);
}
