using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Weights;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>A linear layer without bias and the BatchNorm over its output channels (MLPLayerWithBN in Hugging Face's code).</summary>
internal sealed class LevitLinearNorm : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    [ComponentName(Name = "batch_norm")]
    private readonly BatchNorm1d _batchNorm;

    private readonly bool _closesResidual;

    /// <param name="inputChannels">The channels read.</param>
    /// <param name="outputChannels">The channels written.</param>
    /// <param name="closesResidual">Whether the layer ends a residual branch, which the original initialisation starts at zero.</param>
    public LevitLinearNorm(int inputChannels, int outputChannels, bool closesResidual = false)
        : base(nameof(LevitLinearNorm))
    {
        _linear = nn.Linear(inputChannels, outputChannels, hasBias: false);
        _batchNorm = nn.BatchNorm1d(outputChannels);
        _closesResidual = closesResidual;
        RegisterComponents();
    }

    /// <summary>The weight of the BatchNorm if it ends a residual branch, else null.</summary>
    public Parameter? ResidualWeight => _closesResidual ? _batchNorm.weight : null;

    /// <summary>The layer as one linear layer; its results are multiplied by <paramref name="scale"/>.</summary>
    public static LevitFoldedLayer Fold(WeightScope layer, int outputs, int inputs, double scale = 1) =>
        LevitFoldedLayer.Of(layer.In("linear").Read("weight", outputs, inputs), layer.In("batch_norm"), outputs, scale);

    // [N, tokens, in] -> [N, tokens, out]; every token of every image is one sample of the BatchNorm
    public override Tensor forward(Tensor input)
    {
        Tensor x = _linear.call(input);
        return BatchNormalization.Apply(_batchNorm, x.flatten(0, 1)).view_as(x);
    }
}
