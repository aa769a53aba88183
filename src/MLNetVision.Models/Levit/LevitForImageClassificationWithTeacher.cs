using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Heads;
using MLNetVision.Models.Levit.Inference;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>LeViT with a classification head and a distillation head; the prediction is the average of both.</summary>
/// <remarks>
/// Numerically Hugging Face's class of this name, with its state-dict keys. Difference from the reference: it can be
/// trained, with <see cref="LevitDistillationLoss"/>. For scoring, <see cref="LevitInference"/> is faster.
/// </remarks>
public sealed partial class LevitForImageClassificationWithTeacher : nn.Module<Tensor, LevitDistillationOutput>
{
    [ComponentName(Name = "levit")]
    private readonly LevitModel _levit;

    [ComponentName(Name = "classifier")]
    private readonly LevitClassificationHead _classifier;

    [ComponentName(Name = "classifier_distill")]
    private readonly LevitClassificationHead _distillationClassifier;

    /// <summary>Makes a model with new weights.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <param name="generator">
    /// The source of the initial weights, a CPU generator; null for torch's default one. Drop path has a generator of the
    /// model's own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public LevitForImageClassificationWithTeacher(LevitConfig config, LevitInitialization initialization = LevitInitialization.Original, Generator? generator = null)
        : base(nameof(LevitForImageClassificationWithTeacher))
    {
        _levit = new LevitModel(config, initialization, generator);
        _classifier = new LevitClassificationHead(config, initialization, generator);
        _distillationClassifier = new LevitClassificationHead(config, initialization, generator);
        RegisterComponents();
    }

    /// <summary>The settings the model was made with.</summary>
    public LevitConfig Config => _levit.Config;

    /// <summary>What computes the features.</summary>
    internal LevitModel Levit => _levit;

    /// <summary>Classifies a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], floating, normalised; in train mode at least two images.</param>
    /// <exception cref="ArgumentException">The shape does not fit the config, or the batch is too small to train on.</exception>
    public override LevitDistillationOutput forward(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, training ? 2 : 1);
        using var scope = new ForwardScope(this, pixelValues);
        LevitModelOutput features = _levit.call(pixelValues);
        Tensor classLogits = _classifier.call(features.PooledOutput).MoveToOuterDisposeScope();
        Tensor distillationLogits = _distillationClassifier.call(features.PooledOutput).MoveToOuterDisposeScope();
        Tensor logits = classLogits.Plus(distillationLogits).Over(2).MoveToOuterDisposeScope();
        return new LevitDistillationOutput(logits, classLogits, distillationLogits, features.MoveToOuterDisposeScope());
    }

    /// <summary>A model for another image size with these weights; the attention biases are interpolated bilinearly over the distances.</summary>
    /// <param name="imageSize">The side in pixels, a multiple of the patch size.</param>
    /// <exception cref="InvalidDataException">The stem cannot serve that size.</exception>
    public LevitForImageClassificationWithTeacher WithImageSize(int imageSize)
    {
        using var generator = new Generator(unchecked((ulong)_levit.DropPathSeed));
        var resized = new LevitForImageClassificationWithTeacher(Config with { ImageSize = imageSize }, generator: generator);
        LevitImageSize.CopyWeights(this, resized);
        return resized;
    }

    /// <summary>The weights by Hugging Face's keys, in Hugging Face's order.</summary>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);
}
