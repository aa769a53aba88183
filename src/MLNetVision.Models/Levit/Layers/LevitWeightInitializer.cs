using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Levit.Config;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Levit.Layers;

/// <summary>Draws the weights of new models. BatchNorms start at weight 1 and bias 0 and attention biases at 0 by construction.</summary>
internal static class LevitWeightInitializer
{
    /// <summary>The original's head; its truncation at ±2 is a hundred standard deviations away.</summary>
    private const double HeadDeviation = 0.02;

    public static void InitializeBackbone(nn.Module backbone, LevitConfig config, LevitInitialization initialization, Generator? generator)
    {
        using var noGradient = no_grad();
        foreach (nn.Module module in backbone.modules())
        {
            switch (module)
            {
                case Convolution2d convolution:
                    Draw(convolution.Weight, config, initialization, generator);
                    break;
                case Linear linear:
                    Draw(linear.weight, config, initialization, generator);
                    break;
                case LevitLinearNorm { ResidualWeight: { } weight } when initialization == LevitInitialization.Original:
                    weight.Clear();
                    break;
            }
        }
    }

    public static void InitializeHead(Linear head, LevitConfig config, LevitInitialization initialization, Generator? generator)
    {
        using var noGradient = no_grad();
        head.weight.normal_(0, initialization == LevitInitialization.Original ? HeadDeviation : config.InitializerRange, generator);
        head.bias!.Clear();
    }

    private static void Draw(Tensor weight, LevitConfig config, LevitInitialization initialization, Generator? generator)
    {
        if (initialization == LevitInitialization.HuggingFace)
        {
            weight.normal_(0, config.InitializerRange, generator);
            return;
        }

        // PyTorch's default for linear and convolution layers: uniform within ±1 / sqrt(fan in).
        double bound = 1 / Math.Sqrt((double)weight.numel() / weight.shape[0]);
        weight.uniform_(-bound, bound, generator);
    }
}
