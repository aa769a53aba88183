using MLNetVision.Models.Common.Pretrained;
using MLNetVision.Models.Mask2Former;
using MLNetVision.Models.Mask2Former.Config;
using MLNetVision.Models.Mask2Former.Processing;
using MLNetVision.Models.Training.Records;

namespace MLNetVision.Mask2Former;

/// <summary>A Mask2Former with its preprocessing, as a checkpoint or a trainer gives it.</summary>
public sealed class Mask2FormerModelParameters : IDisposable
{
    private bool _disposed;

    internal Mask2FormerModelParameters(Mask2FormerForUniversalSegmentation module, Mask2FormerImageProcessorConfig preprocessing)
    {
        Module = module;
        Preprocessing = preprocessing;
        module.eval();
    }

    /// <summary>The network's settings, the names of the classes among them.</summary>
    public Mask2FormerConfig Config => Module.Config;

    /// <summary>How pictures become the network's input.</summary>
    public Mask2FormerImageProcessorConfig Preprocessing { get; }

    /// <summary>The network in eval mode. It belongs to the transformer, which scores with a copy: changes of the weights do not reach it.</summary>
    public Mask2FormerForUniversalSegmentation Module { get; }

    /// <summary>What the training measured; null for a checkpoint.</summary>
    public TrainingRecord? Training { get; internal set; }

    /// <summary>
    /// Writes config.json, preprocessor_config.json, the weights and a model card (README.md) in Hugging Face's form, from which transformers in Python
    /// and <c>ml.Transforms.ApplyMask2Former</c> load the network.
    /// </summary>
    /// <param name="folder">The folder; it is made if it does not exist. A README.md in it that this library did not write is kept.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed of.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void SavePretrained(string folder)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PretrainedFolder.Save(
            folder, Module, Config with { Architectures = [nameof(Mask2FormerForUniversalSegmentation)] }, new SaveOptions { PreprocessorJson = Preprocessing.ToJson(), ModelCard = ModelCard.Write(Config, Training) });
    }

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
