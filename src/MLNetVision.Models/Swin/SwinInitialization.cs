using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin;

/// <summary>
/// Fresh weights: linear layers, convolutions and bias tables from a normal distribution cut at two standard
/// deviations, biases 0, norms 1 and 0, as Swin's authors have it. Hugging Face does not cut and leaves the tables 0.
/// </summary>
internal static class SwinInitialization
{
    public static void Apply(SwinBackbone backbone, SwinConfig config, Generator? generator)
    {
        using var noGrad = no_grad();
        foreach (nn.Module module in backbone.modules())
        {
            switch (module)
            {
                case Linear linear:
                    Normal(linear.weight!, config, generator);
                    linear.bias?.zero_();
                    break;
                case Conv2d convolution:
                    Normal(convolution.weight!, config, generator);
                    convolution.bias?.zero_();
                    break;
                case SwinSelfAttention attention:
                    Normal(attention.RelativePositionBiasTable, config, generator);
                    break;
            }
        }
    }

    private static void Normal(Tensor weight, SwinConfig config, Generator? generator) =>
        nn.init.trunc_normal_(weight, std: config.InitializerRange, a: -2 * config.InitializerRange, b: 2 * config.InitializerRange, generator: generator);
}
