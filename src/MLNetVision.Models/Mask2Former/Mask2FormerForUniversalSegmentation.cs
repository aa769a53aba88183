using MLNetVision.Models.Common.Checkpoints.Loading;
using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Mask2Former.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Mask2Former;

/// <summary>
/// Mask2Former for semantic, instance and panoptic segmentation: every query predicts a class and a mask. Equal to
/// Hugging Face's Mask2FormerForUniversalSegmentation, and with its checkpoint keys.
/// </summary>
/// <remarks>The loss is not computed here: see the criterion of the training namespace. use_auxiliary_loss = false and
/// a feature_size that differs from hidden_dim work, both of which fail in Hugging Face's. To save memory, gradients can be
/// computed only once for each forward pass: a second time, with a retained graph, they are NaN. Some parameters get theirs
/// by a backward pass within the backward pass: call backward and read grad, for torch.autograd.grad does not see them.</remarks>
public sealed partial class Mask2FormerForUniversalSegmentation : nn.Module<Tensor, Mask2FormerOutputs, Mask2FormerSegmentationOutput>
{
    [ComponentName(Name = "model")]
    private readonly Mask2FormerModel _model;

    [ComponentName(Name = "class_predictor")]
    private readonly Linear _classPredictor;

    [ComponentName(Name = "criterion")]
    private readonly ClassLossWeights _criterion;

    /// <summary>Builds the model with fresh weights.</summary>
    /// <param name="config">The settings; they are validated.</param>
    /// <param name="initialization">How the fresh weights are drawn.</param>
    /// <param name="generator">
    /// The source of the fresh weights, on the CPU; null for one with a random seed. Drop path and dropout have a generator of
    /// the model's own, whose seed follows from this one's.
    /// </param>
    /// <exception cref="InvalidDataException">The config contradicts itself.</exception>
    public Mask2FormerForUniversalSegmentation(
        Mask2FormerConfig config, WeightInitialization initialization = WeightInitialization.Original, Generator? generator = null)
        : base(nameof(Mask2FormerForUniversalSegmentation))
    {
        using Generator? random = generator is null ? new Generator((ulong)Random.Shared.NextInt64()) : null;
        _model = new Mask2FormerModel(config, initialization, generator ?? random);
        _classPredictor = nn.Linear(config.HiddenDim, config.NumLabels + 1);
        _criterion = new ClassLossWeights(config);
        RegisterComponents();
        Mask2FormerInitialization.Apply(_classPredictor, config, initialization, generator ?? random);
    }

    /// <summary>The settings that the model was built with.</summary>
    public Mask2FormerConfig Config => _model.Config;

    /// <summary>The model without the class head.</summary>
    public Mask2FormerModel Model => _model;

    /// <summary>The weight of each class in the class loss, (classes + 1): 1, and no_object_weight for "no object". A buffer of the checkpoint.</summary>
    public Tensor EmptyWeight => _criterion.EmptyWeight;

    /// <summary>
    /// Whether training keeps only the inputs of the backbone's blocks and of both decoders' layers and computes them once
    /// more for the gradients, giving back to the system what that takes: two thirds of the memory, 0.4 times as much time again,
    /// the same gradients. Default false.
    /// </summary>
    public bool GradientCheckpointing
    {
        get => _model.PixelDecoder.GradientCheckpointing;
        set
        {
            _model.PixelDecoder.GradientCheckpointing = value;
            _model.Transformer.Decoder.GradientCheckpointing = value;
            foreach (Swin.Blocks.SwinStage stage in _model.Backbone.Stages)
            {
                stage.GradientCheckpointing = value;
            }
        }
    }

    /// <summary>The source of drop path and dropout.</summary>
    internal Generator Generator => _model.LayerGenerator;

    internal Linear ClassPredictor => _classPredictor;

    internal ClassLossWeights LossWeights => _criterion;

    /// <summary>A model of the same form and weights on the CPU, in eval mode.</summary>
    internal Mask2FormerForUniversalSegmentation Copy()
    {
        using var unused = new Generator(0); // of weights that are written over
        var copy = new Mask2FormerForUniversalSegmentation(Config, generator: unused);
        copy.load_state_dict(state_dict());
        copy.eval();
        return copy;
    }

    /// <summary>Predicts class and mask logits.</summary>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised; any size.</param>
    /// <exception cref="ArgumentException">The input has another rank or channel count.</exception>
    public Mask2FormerSegmentationOutput forward(Tensor pixelValues) => call(pixelValues, Mask2FormerOutputs.Prediction);

    /// <summary>Runs the model.</summary>
    /// <param name="pixelValues">Float, (batch, channels, height, width), normalised; any size.</param>
    /// <param name="outputs">What to return beside the class logits.</param>
    /// <exception cref="ArgumentException">The input has another rank or channel count.</exception>
    public override Mask2FormerSegmentationOutput forward(Tensor pixelValues, Mask2FormerOutputs outputs)
    {
        using var scope = new ForwardScope(this, pixelValues);
        Mask2FormerModelOutput model = _model.call(pixelValues, outputs);
        Tensor[] classes = FlatLinear.Apply(stack(model.TransformerDecoderIntermediateStates!).transpose(1, 2), _classPredictor).unbind(); // of all layers at once
        bool embeddings = outputs.HasFlag(Mask2FormerOutputs.MaskEmbeddings);
        var output = new Mask2FormerSegmentationOutput
        {
            ClassQueriesLogits = classes[^1],
            MasksQueriesLogits = outputs.HasFlag(Mask2FormerOutputs.Masks) ? model.MasksQueriesLogits![^1] : null,
            AuxiliaryLogits = outputs.HasFlag(Mask2FormerOutputs.AuxiliaryLogits)
                ? [.. classes.Take(Config.DecoderLayers - 1).Select((logits, layer) => new Mask2FormerAuxiliaryLogits(logits, model.MasksQueriesLogits![layer]))] : null,
            LayerPredictions = embeddings ? [.. classes.Zip(model.MaskEmbeddings!, (logits, embedding) => new Mask2FormerLayerPrediction(logits, embedding))] : null,
            MaskFeatures = embeddings ? model.PixelDecoderLastHiddenState : null,
            Model = model with
            {
                PixelDecoderLastHiddenState = outputs.HasFlag(Mask2FormerOutputs.LastHiddenStates) ? model.PixelDecoderLastHiddenState : null,
                TransformerDecoderIntermediateStates = outputs.HasFlag(Mask2FormerOutputs.IntermediateStates) ? model.TransformerDecoderIntermediateStates : null,
            },
        };
        output.MoveToOuterDisposeScope();
        return output;
    }

    /// <inheritdoc/>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null) =>
        StateDictOrder.Collect(this, destination, prefix);
}

/// <summary>The buffer that Hugging Face's loss keeps in the checkpoint.</summary>
internal sealed class ClassLossWeights : nn.Module
{
    [ComponentName(Name = "empty_weight")]
    private readonly Tensor _emptyWeight;

    public ClassLossWeights(Mask2FormerConfig config)
        : base(nameof(ClassLossWeights))
    {
        _emptyWeight = ones(config.NumLabels + 1).DetachFromDisposeScope();
        using Tensor noObject = tensor((float)config.NoObjectWeight);
        _emptyWeight[-1] = noObject;
        RegisterComponents();
    }

    public Tensor EmptyWeight => _emptyWeight;
}
