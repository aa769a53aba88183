using MLNetVision.Models.Common.Native;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit;

/// <summary>A residual branch. In training it is dropped for an image with the drop path probability, and scaled up otherwise (stochastic depth).</summary>
internal sealed class LevitResidual : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "module")]
    private readonly nn.Module<Tensor, Tensor> _branch;

    private readonly double _dropRate;
    private Generator? _generator;

    public LevitResidual(nn.Module<Tensor, Tensor> branch, double dropRate, Generator? generator)
        : base(nameof(LevitResidual))
    {
        _branch = branch;
        _dropRate = dropRate;
        _generator = generator;
        RegisterComponents();
    }

    /// <summary>The source of drop path, from the next pass on; null for torch's default one. A training seeds its own for each step.</summary>
    public Generator? Generator { set => _generator = value; }

    public override Tensor forward(Tensor input)
    {
        Tensor branch = _branch.call(input);
        return input.Plus(training && _dropRate > 0 ? branch * Kept(input) : branch);
    }

    /// <summary>[N, 1, 1]: 0 for a dropped image, 1 / (1 − rate) for the others, so that the expectation stays.</summary>
    private Tensor Kept(Tensor input)
    {
        // Drawn on the CPU, so that one generator serves every device.
        Tensor kept = rand([input.shape[0], 1, 1], generator: _generator).IsAtLeast(_dropRate);
        return kept.to(input.dtype).Over(1 - _dropRate).to(input.device);
    }
}
