using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Levit;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Processing;
using MLNetVision.Models.Pipelines;
using MLNetVision.Models.Training.Records;
using static TorchSharp.torch;

namespace MLNetVision.Levit;

/// <summary>A LeViT classifier as a trainer leaves it: its settings, its preprocessing and its weights.</summary>
public sealed class LevitModelParameters : IDisposable
{
    private bool _disposed;

    internal LevitModelParameters(nn.Module module, LevitConfig config, LevitImageProcessorConfig preprocessing)
    {
        Module = module;
        Config = config;
        Preprocessing = preprocessing;
        module.eval();
    }

    /// <summary>The network's settings, the names of the classes among them.</summary>
    public LevitConfig Config { get; }

    /// <summary>How pictures become the network's input.</summary>
    public LevitImageProcessorConfig Preprocessing { get; }

    /// <summary>
    /// The network: a <see cref="LevitForImageClassification"/> or a <see cref="LevitForImageClassificationWithTeacher"/>, in
    /// eval mode. It belongs to the transformer, which scores with a copy: changes of the weights do not reach it.
    /// </summary>
    public nn.Module Module { get; }

    /// <summary>Whether the network has a second head that learnt from a teacher.</summary>
    public bool HasDistillationHead => Module is LevitForImageClassificationWithTeacher;

    /// <summary>What the training measured; null for a checkpoint.</summary>
    public TrainingRecord? Training { get; internal set; }

    /// <summary>
    /// Writes config.json, preprocessor_config.json, the weights and a model card (README.md) in Hugging Face's form, from which transformers in Python
    /// and <c>ml.Transforms.ApplyLevit</c> load the classifier.
    /// </summary>
    /// <param name="folder">The folder; it is made if it does not exist. A README.md in it that this library did not write is kept.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void SavePretrained(string folder)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PretrainedFolder.Save(
            folder, Module, Config with { Architectures = [Module.GetType().Name] }, new SaveOptions { PreprocessorJson = Preprocessing.ToJson(), ModelCard = ModelCard.Write(Config, Training) });
    }

    /// <summary>A checkpoint's network as it was saved.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="warning">Told what is odd about it, and what was left out.</param>
    internal static LevitModelParameters Of(LevitCheckpoint checkpoint, Action<string> warning) => new(checkpoint.LoadModule(warning), checkpoint.Config, checkpoint.Preprocessing);

    /// <summary>A network with new weights, drawn from a seed of its own.</summary>
    internal static nn.Module CreateModule(LevitConfig config, bool hasDistillationHead, LevitInitialization initialization, Generator? generator) =>
        hasDistillationHead
            ? new LevitForImageClassificationWithTeacher(config, initialization, generator)
            : new LevitForImageClassification(config, initialization, generator);

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Module.Dispose();
        }
    }
}
