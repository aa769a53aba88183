using MLNetVision.Models.Common.Kernels.Convolution;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Diagnosis.Kernels;

/// <summary>Runs this library's kernels once and compares them with sums in double precision. Neither libtorch nor a network is needed.</summary>
internal static unsafe class KernelProbe
{
    /// <summary>The largest difference of a product of a matrix with weights from its right values.</summary>
    /// <param name="precision">In which numbers it multiplies.</param>
    public static double Product(ScoringPrecision precision)
    {
        const int Rows = 37, Inputs = 200, Outputs = 53; // no multiples of any tile
        float[] x = Values(Rows * Inputs, 1), weight = Values(Outputs * Inputs, 2), bias = Values(Outputs, 3);
        using var panels = new PackedPanels(1, Inputs, Outputs, (output, k) => weight[output * Inputs + k], output => bias[output], precision);
        float[] y = new float[Rows * panels.OutputPitch];
        fixed (float* source = x, target = y)
        {
            MatrixProduct.Compute(Rows, new Rows(source, Inputs), panels, new Rows(target, panels.OutputPitch));
        }

        double worst = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int output = 0; output < Outputs; output++)
            {
                double right = bias[output];
                for (int k = 0; k < Inputs; k++)
                {
                    right += (double)x[row * Inputs + k] * weight[output * Inputs + k];
                }

                worst = Worse(worst, right, y[row * panels.OutputPitch + output]);
            }
        }

        return worst;
    }

    /// <summary>The largest difference of a convolution from its right values.</summary>
    public static double Convolution()
    {
        // The channels are those of a network whose convolutions libtorch gets wrong on some processors.
        var shape = new ConvolutionShape(Batch: 2, Inputs: 24, Outputs: 48, Height: 13, Width: 11, Kernel: 3, Stride: 2, Padding: 1);
        float[] x = Values(shape.Batch * shape.Height * shape.Width * shape.Inputs, 4), weight = Values(shape.Outputs * shape.PatchLength, 5), bias = Values(shape.Outputs, 6);
        using var y = new NativeBuffer(shape.Batch * shape.OutputHeight * shape.OutputWidth * shape.Outputs);
        fixed (float* source = x, weights = weight, biases = bias)
        {
            ConvolutionProducts.Output(shape, new MapMemory((nint)source, ChannelsLast: true, shape.Batch, shape.Inputs, shape.Height, shape.Width), weights, biases, y.Pointer);
        }

        double worst = 0;
        int next = 0;
        for (int image = 0; image < shape.Batch; image++)
        {
            for (int row = 0; row < shape.OutputHeight; row++)
            {
                for (int column = 0; column < shape.OutputWidth; column++)
                {
                    for (int output = 0; output < shape.Outputs; output++)
                    {
                        worst = Worse(worst, bias[output] + Patch(image, row, column, output), y.Span[next++]);
                    }
                }
            }
        }

        return worst;

        double Patch(int image, int row, int column, int output)
        {
            double sum = 0;
            for (int dy = 0; dy < shape.Kernel; dy++)
            {
                for (int dx = 0; dx < shape.Kernel; dx++)
                {
                    (int inputRow, int inputColumn) = (row * shape.Stride + dy - shape.Padding, column * shape.Stride + dx - shape.Padding);
                    for (int channel = 0; inputRow >= 0 && inputRow < shape.Height && inputColumn >= 0 && inputColumn < shape.Width && channel < shape.Inputs; channel++)
                    {
                        sum += (double)x[((image * shape.Height + inputRow) * shape.Width + inputColumn) * shape.Inputs + channel]
                            * weight[((output * shape.Inputs + channel) * shape.Kernel + dy) * shape.Kernel + dx];
                    }
                }
            }

            return sum;
        }
    }

    // A difference that is no number is the worst.
    private static double Worse(double worst, double right, double found) => double.IsNaN(found) ? double.PositiveInfinity : Math.Max(worst, Math.Abs(right - found));

    private static float[] Values(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i * 0.37f + seed))];
}
