using MLNetVision.Models.Common.Weights;
using MLNetVision.Models.Levit.Config;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>The three stages.</summary>
internal sealed class LevitEncoder : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    [ComponentName(Name = "stages")]
    private readonly ModuleList<LevitStage> _stages;

    public LevitEncoder(LevitConfig config, Generator generator)
        : base(nameof(LevitEncoder))
    {
        _stages = new ModuleList<LevitStage>([.. Enumerable.Range(0, LevitConfig.StageCount).Select(stage => new LevitStage(config, stage, generator))]);
        RegisterComponents();
    }

    /// <summary>The weights of a stage's layers, which are numbered.</summary>
    public static WeightScope Layers(WeightScope model, int stage) => model.In("levit").In("encoder").In("stages").In(stage).In("layers");

    /// <summary>The tokens before each stage and after the last.</summary>
    public override IReadOnlyList<Tensor> forward(Tensor embeddings)
    {
        List<Tensor> states = [embeddings];
        foreach (LevitStage stage in _stages)
        {
            Tensor next = stage.call(states[^1]);
            // A stage without blocks hands its input on; each state is a tensor of its own, so that it can be disposed.
            states.Add(ReferenceEquals(next, states[^1]) ? next.alias() : next);
        }

        return states;
    }
}
