using MLNetVision.Models.Levit.Config;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>A stage: attention and MLP blocks in turn and, but for the last stage, the subsampling attention and its MLP.</summary>
internal sealed class LevitStage : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>> _layers;

    public LevitStage(LevitConfig config, int stage, Generator generator)
        : base(nameof(LevitStage))
    {
        _layers = new ModuleList<nn.Module<Tensor, Tensor>>([.. Layers(config, stage, generator)]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        foreach (nn.Module<Tensor, Tensor> layer in _layers)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor next = layer.call(x).MoveToOuterDisposeScope();
            if (!ReferenceEquals(x, input))
            {
                x.Dispose();
            }

            x = next;
        }

        return x;
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> Layers(LevitConfig config, int stage, Generator generator)
    {
        LevitStageShape shape = LevitStageShape.Of(config)[stage];
        for (int block = 0; block < shape.Depth; block++)
        {
            yield return new LevitResidual(new LevitAttention(shape), config.DropPathRate, generator);
            if (shape.MlpRatio > 0)
            {
                yield return new LevitResidual(new LevitMlp(shape.Width, shape.MlpRatio * shape.Width), config.DropPathRate, generator);
            }
        }

        if (stage < LevitConfig.StageCount - 1)
        {
            int width = config.HiddenSizes[stage + 1];
            yield return new LevitAttentionSubsample(LevitSubsampleShape.After(config, stage));
            yield return new LevitResidual(new LevitMlp(width, LevitConfig.SubsampleMlpRatio * width), config.DropPathRate, generator);
        }
    }
}
