using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Config;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Common.Pretrained.ModelFiles;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Inference;
using MLNetVision.Models.Mask2Former.Processing;
using TorchSharp;

namespace MLNetVision.Models.Pipelines;

/// <summary>A Mask2Former checkpoint: its settings, and its weights in whatever form is wanted.</summary>
internal sealed class Mask2FormerCheckpoint
{
    private readonly PretrainedSource _source;
    private readonly StoredModelFile? _modelFile;

    private Mask2FormerCheckpoint(PretrainedSource source, Mask2FormerConfig config, Mask2FormerImageProcessorConfig preprocessing, StoredModelFile? modelFile = null) =>
        (_source, Config, Preprocessing, _modelFile) = (source, config, preprocessing, modelFile);

    public Mask2FormerConfig Config { get; }

    /// <summary>What preprocessor_config.json says; the processor's defaults without that file.</summary>
    public Mask2FormerImageProcessorConfig Preprocessing { get; }

    /// <summary>Reads the settings of a checkpoint; its weights are read when a model is made.</summary>
    /// <inheritdoc cref="PretrainedSource.Resolve" path="/exception"/>
    /// <inheritdoc cref="Open(PretrainedSource)" path="/exception"/>
    public static Mask2FormerCheckpoint Open(string source) => Open(PretrainedSource.Resolve(source));

    /// <inheritdoc cref="Open(string)"/>
    /// <exception cref="FileNotFoundException">The checkpoint lacks a file.</exception>
    /// <exception cref="InvalidDataException">A file of it is broken, or it is no Mask2Former.</exception>
    public static Mask2FormerCheckpoint Open(PretrainedSource source)
    {
        using PretrainedFolder folder = source.Open();
        return new Mask2FormerCheckpoint(source, folder.ReadConfig<Mask2FormerConfig>(), folder.PreprocessorJson is { } preprocessor
            ? Mask2FormerImageProcessorConfig.FromJson(preprocessor)
            : new Mask2FormerImageProcessorConfig());
    }

    /// <summary>Reads the settings of the network in an ML.NET model file, whose classes have the names that they had in the training.</summary>
    /// <exception cref="InvalidDataException">It is broken, or the network is no Mask2Former.</exception>
    public static Mask2FormerCheckpoint Open(PretrainedSource source, StoredModelFile modelFile)
    {
        StoredNetwork network = modelFile.Network;
        if (network.ModelType != new Mask2FormerConfig().ModelType)
        {
            throw new InvalidDataException($"'{source.Name}' {NetworkKinds.Mismatch(network.ModelType, "mask2former")}");
        }

        Mask2FormerConfig config = PretrainedConfig.FromJson<Mask2FormerConfig>(network.ConfigJson);
        return new Mask2FormerCheckpoint(
            source, config.NumLabels == network.Labels.Count ? config with { Labels = network.Labels } : config, Mask2FormerImageProcessorConfig.FromJson(network.PreprocessingJson), modelFile);
    }

    /// <summary>The network as it was saved, in eval mode.</summary>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out.</param>
    /// <exception cref="CheckpointMismatchException">Weights are missing, or do not fit the config.</exception>
    public Mask2FormerForUniversalSegmentation LoadModule(Action<string> warning)
    {
        Tell(warning);
        using var generator = new torch.Generator(0);
        if (_modelFile is not null)
        {
            return _modelFile.UseWeights(weights =>
            {
                var module = new Mask2FormerForUniversalSegmentation(Config, WeightInitialization.HuggingFace, generator);
                CheckpointLoader.Load(module, weights, new LoadOptions { Mode = LoadMode.Strict });
                module.eval();
                return module;
            });
        }

        return Mask2FormerForUniversalSegmentation.FromPretrained(_source.Path, new PretrainedOptions { Mode = LoadMode.Complete, Generator = generator, Warning = warning });
    }

    /// <summary>The form for scoring on the CPU; libtorch is not loaded.</summary>
    /// <param name="precision">In which numbers it multiplies.</param>
    /// <param name="warning">Told what is odd about the checkpoint, and what was left out.</param>
    /// <exception cref="InvalidDataException">Weights are missing, or do not fit the config.</exception>
    public Mask2FormerInference LoadInference(ScoringPrecision precision, Action<string> warning)
    {
        if (_modelFile is not null)
        {
            return _modelFile.UseWeights(weights => Mask2FormerInference.FromCheckpoint(Config, weights, precision));
        }

        Tell(warning);
        return Mask2FormerInference.FromPretrained(_source.Path, new PretrainedOptions { Mode = LoadMode.Complete, Warning = warning }, precision);
    }

    /// <summary>A network for other classes with the checkpoint's weights; a class head of another size starts anew.</summary>
    /// <param name="config">The checkpoint's settings, with other labels.</param>
    /// <param name="generator">Where new weights come from.</param>
    /// <param name="warning">Told what was left out.</param>
    /// <param name="information">Told what starts anew.</param>
    public Mask2FormerForUniversalSegmentation LoadAdapted(Mask2FormerConfig config, torch.Generator generator, Action<string> warning, Action<string> information)
    {
        Tell(warning);
        return Mask2FormerForUniversalSegmentation.FromPretrained(_source.Path, new PretrainedOptions { Config = config, Generator = generator, Warning = warning, Information = information });
    }

    // What is odd about the config, whoever loads the weights says.
    private void Tell(Action<string> warning) => Array.ForEach([.. Preprocessing.Complaints], warning);
}
