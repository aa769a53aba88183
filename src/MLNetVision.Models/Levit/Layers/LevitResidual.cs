using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Native;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>A residual branch. In training it is dropped for an image with the drop path probability, and scaled up otherwise (stochastic depth).</summary>
internal sealed class LevitResidual : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "module")]
    private readonly nn.Module<Tensor, Tensor> _branch;

    private readonly double _dropRate;
    private readonly Generator _generator;

    /// <param name="branch">The branch.</param>
    /// <param name="dropRate">The probability.</param>
    /// <param name="generator">The source of drop path; the model owns it.</param>
    public LevitResidual(nn.Module<Tensor, Tensor> branch, double dropRate, Generator generator)
        : base(nameof(LevitResidual))
    {
        _branch = branch;
        _dropRate = dropRate;
        _generator = generator;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => input.Plus(DropPath.Apply(_branch.call(input), _dropRate, training, _generator));
}
