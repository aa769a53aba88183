using MLNetVision.Models.Common.Layers.Kernels;
using MLNetVision.Models.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Models.Diagnosis;

/// <summary>Trains one layer for one step and compares it with the same step by hand, in double precision.</summary>
internal static class TrainingProbe
{
    private const int Rows = 96, Inputs = 32, Outputs = 32;
    private const double Rate = 0.01, Decay = 0.1;

    /// <summary>The largest difference of the layer's weights after the step from their right values.</summary>
    public static double Step()
    {
        float[] x = Values(Rows * Inputs, 1), weight = Values(Outputs * Inputs, 2);
        double[] expected = ByHand(x, weight);
        using DisposeScope scope = NewDisposeScope();
        var parameter = new TorchSharp.Modules.Parameter(tensor(weight, [Outputs, Inputs]));
        using var group = new ParameterGroup([("weight", parameter)], Decay);
        using var optimizer = new AdamW([group]);
        group.ClearGradients();
        Tensor y = TrainedLinear.Apply(tensor(x, [Rows, Inputs]), parameter, null);
        (y * y).sum().backward();
        group.CollectGradients();
        optimizer.Step(Rate);
        float[] found = [.. parameter.detach().cpu().data<float>()];
        return expected.Zip(found).Max(pair => float.IsNaN(pair.Second) ? double.PositiveInfinity : Math.Abs(pair.First - pair.Second));
    }

    /// <summary>The largest difference of one of libtorch's own convolutions from its right values. This library computes its convolutions itself.</summary>
    public static double TorchConvolution()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor x = tensor(Values(24 * 16 * 16, 3), [1, 24, 16, 16]), weight = tensor(Values(48 * 24 * 9, 4), [48, 24, 3, 3]);
        Tensor found = nn.functional.conv2d(x, weight, padding: [1, 1]);
        Tensor right = nn.functional.conv2d(x.to(float64), weight.to(float64), padding: [1, 1]);
        double difference = right.sub(found.to(float64)).abs().max().data<double>()[0];
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    // The first step of AdamW: the weights shrink by the decay, then move by the rate against the gradient's sign.
    private static double[] ByHand(float[] x, float[] weight)
    {
        var y = new double[Rows * Outputs];
        for (int row = 0; row < Rows; row++)
        {
            for (int output = 0; output < Outputs; output++)
            {
                for (int k = 0; k < Inputs; k++)
                {
                    y[row * Outputs + output] += (double)x[row * Inputs + k] * weight[output * Inputs + k];
                }
            }
        }

        var moved = new double[weight.Length];
        for (int output = 0; output < Outputs; output++)
        {
            for (int k = 0; k < Inputs; k++)
            {
                double gradient = 0;
                for (int row = 0; row < Rows; row++)
                {
                    gradient += 2 * y[row * Outputs + output] * x[row * Inputs + k];
                }

                int i = output * Inputs + k;
                moved[i] = weight[i] * (1 - Rate * Decay) - Rate * gradient / (Math.Abs(gradient) + 1e-8);
            }
        }

        return moved;
    }

    private static float[] Values(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i * 0.61f + seed))];
}
