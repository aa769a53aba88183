using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Levit.Config;
using MLNetVision.Models.Levit.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Heads;

/// <summary>A BatchNorm and a linear layer on the pooled features.</summary>
internal sealed class LevitClassificationHead : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "batch_norm")]
    private readonly BatchNorm1d _batchNorm;

    [ComponentName(Name = "linear")]
    private readonly Linear _linear;

    public LevitClassificationHead(LevitConfig config, LevitInitialization initialization, Generator? generator)
        : base(nameof(LevitClassificationHead))
    {
        _batchNorm = nn.BatchNorm1d(config.HiddenSizes[^1]);
        _linear = nn.Linear(config.HiddenSizes[^1], config.NumLabels);
        RegisterComponents();
        LevitWeightInitializer.InitializeHead(_linear, config, initialization, generator);
    }

    // [N, channels] -> [N, labels]
    public override Tensor forward(Tensor pooled) => _linear.call(BatchNormalization.Apply(_batchNorm, pooled));
}
