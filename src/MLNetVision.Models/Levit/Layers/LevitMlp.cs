using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>Two linear layers with hardswish between them.</summary>
internal sealed class LevitMlp : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_up")]
    private readonly LevitLinearNorm _up;

    [ComponentName(Name = "linear_down")]
    private readonly LevitLinearNorm _down;

    public LevitMlp(int width, int hiddenWidth)
        : base(nameof(LevitMlp))
    {
        _up = new LevitLinearNorm(width, hiddenWidth);
        _down = new LevitLinearNorm(hiddenWidth, width, closesResidual: true);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => _down.call(F.hardswish(_up.call(input)));
}
