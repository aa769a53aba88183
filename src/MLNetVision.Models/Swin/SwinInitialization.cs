using MLNetVision.Models.Common.Layers;
using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Common.Native;
using MLNetVision.Models.Swin.Blocks;
using MLNetVision.Models.Swin.Config;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetVision.Models.Swin;

/// <summary>
/// Fresh weights: linear layers, convolutions and bias tables from a normal distribution cut at two standard
/// deviations, biases 0, norms 1 and 0. Hugging Face does not cut (its normal has the same width) and leaves the
/// tables 0.
/// </summary>
internal static class SwinInitialization
{
    public static void Apply(SwinBackbone backbone, SwinConfig config, WeightInitialization scheme, Generator? generator)
    {
        using var noGrad = no_grad();
        foreach (nn.Module module in backbone.modules())
        {
            switch (module)
            {
                case Linear linear:
                    Normal(linear.weight!);
                    linear.bias?.Clear();
                    break;
                case Convolution2d convolution:
                    Normal(convolution.Weight);
                    convolution.Bias?.Clear();
                    break;
                case SwinSelfAttention attention when scheme == WeightInitialization.Original:
                    Normal(attention.RelativePositionBiasTable);
                    break;
            }
        }

        void Normal(Tensor weight)
        {
            double std = config.InitializerRange;
            if (scheme == WeightInitialization.Original)
            {
                TruncatedNormal.Fill(weight, std, generator);
            }
            else
            {
                weight.normal_(0, std, generator);
            }
        }
    }
}
