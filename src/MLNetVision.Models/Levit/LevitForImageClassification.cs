using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Heads;
using MLNetVision.Models.Levit.Inference;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>LeViT with one classification head.</summary>
/// <remarks>Numerically Hugging Face's class of this name, with its state-dict keys. For scoring, <see cref="LevitInference"/> is faster.</remarks>
public sealed partial class LevitForImageClassification : nn.Module<Tensor, LevitClassificationOutput>
{
    [ComponentName(Name = "levit")]
    private readonly LevitModel _levit;

    [ComponentName(Name = "classifier")]
    private readonly LevitClassificationHead _classifier;

    /// <summary>Makes a model with new weights.</summary>
    /// <param name="config">Validated here.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <param name="generator">
    /// The source of the initial weights, a CPU generator; null for torch's default one. Drop path has a generator of the
    /// model's own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public LevitForImageClassification(LevitConfig config, LevitInitialization initialization = LevitInitialization.Original, Generator? generator = null)
        : base(nameof(LevitForImageClassification))
    {
        _levit = new LevitModel(config, initialization, generator);
        _classifier = new LevitClassificationHead(config, initialization, generator);
        RegisterComponents();
    }

    /// <summary>The settings the model was made with.</summary>
    public LevitConfig Config => _levit.Config;

    /// <summary>What computes the features.</summary>
    internal LevitModel Levit => _levit;

    /// <summary>Classifies a batch of images.</summary>
    /// <param name="pixelValues">[N, num_channels, image_size, image_size], floating, normalised; in train mode at least two images.</param>
    /// <exception cref="ArgumentException">The shape does not fit the config, or the batch is too small to train on.</exception>
    public override LevitClassificationOutput forward(Tensor pixelValues)
    {
        LevitInput.Check(pixelValues, Config, training ? 2 : 1);
        using var scope = new ForwardScope(this, pixelValues);
        LevitModelOutput features = _levit.call(pixelValues);
        return new LevitClassificationOutput(_classifier.call(features.PooledOutput).MoveToOuterDisposeScope(), features.MoveToOuterDisposeScope());
    }

    /// <summary>The mean loss of the logits of <see cref="forward"/> for the config's problem type; see <see cref="ClassificationLoss.Compute"/>.</summary>
    public Tensor Loss(Tensor logits, Tensor labels) => ClassificationLoss.Compute(logits, labels, Config.ProblemType);

    /// <summary>A model for another image size with these weights; the attention biases are interpolated bilinearly over the distances.</summary>
    /// <param name="imageSize">The side in pixels, a multiple of the patch size.</param>
    /// <exception cref="InvalidDataException">The stem cannot serve that size.</exception>
    public LevitForImageClassification WithImageSize(int imageSize)
    {
        using var generator = new Generator(unchecked((ulong)_levit.DropPathSeed));
        var resized = new LevitForImageClassification(Config with { ImageSize = imageSize }, generator: generator);
        LevitImageSize.CopyWeights(this, resized);
        return resized;
    }

    /// <summary>The weights by Hugging Face's keys, in Hugging Face's order.</summary>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);
}
