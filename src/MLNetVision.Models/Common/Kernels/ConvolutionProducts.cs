using System.Numerics.Tensors;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>
/// Convolutions and their gradients as products of weights with patches, in float32 over maps with channels first.
/// libtorch's own go to oneDNN, which computes wrong values on some processors where it pads channels to its blocks.
/// </summary>
/// <remarks>Results do not depend on the number of threads: every element is summed in the same order by one of them.</remarks>
internal static unsafe class ConvolutionProducts
{
    /// <summary>The output: for each pixel its patch times the weights, plus the bias.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(batch, inputs, height, width).</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="y">(batch, outputs, output height, output width), written.</param>
    public static void Output(ConvolutionShape shape, float* x, float* weight, float* bias, float* y)
    {
        using PatchWeights weights = PatchWeights.Of(shape, weight, bias);
        Tap[] taps = PatchRows.SquareKernel(shape.Kernel, shape.Padding);
        (nint source, nint result) = ((nint)x, (nint)y);
        Multiply(shape.Batch, shape.OutputArea, weights, image => (
            new PatchRows(source + (nint)(image * shape.InputSize * sizeof(float)), shape.Height, shape.Width, shape.OutputWidth, shape.Stride, taps),
            new PatchTarget(result + (nint)(image * shape.OutputSize * sizeof(float)), shape.OutputArea, shape.OutputWidth, Step: 1, Row: 0, Column: 0, shape.OutputWidth)));
    }

    /// <summary>
    /// The input's gradient. The pixels that have the same remainder when divided by the stride are reached by the same taps:
    /// for each remainder it is a convolution of the output's gradient with these taps, of stride 1.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="outputGradient">(batch, outputs, output height, output width).</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="inputGradient">(batch, inputs, height, width), written.</param>
    public static void InputGradient(ConvolutionShape shape, float* outputGradient, float* weight, float* inputGradient)
    {
        (nint source, nint result) = ((nint)outputGradient, (nint)inputGradient);
        if (shape.Kernel < shape.Stride)
        {
            for (int image = 0; image < shape.Batch; image++)
            {
                new Span<float>(inputGradient + image * shape.InputSize, checked((int)shape.InputSize)).Clear(); // pixels that no tap reads
            }
        }

        for (int row = 0; row < Math.Min(shape.Stride, shape.Height); row++)
        {
            for (int column = 0; column < Math.Min(shape.Stride, shape.Width); column++)
            {
                (int Row, int Column) phase = (row, column);
                (int Row, int Column)[] kernel = [.. TapsThatReach(shape, row, column)];
                if (kernel.Length == 0)
                {
                    continue;
                }

                Tap[] taps = [.. kernel.Select(tap => new Tap((phase.Row + shape.Padding - tap.Row) / shape.Stride, (phase.Column + shape.Padding - tap.Column) / shape.Stride))];
                using PatchWeights weights = Transposed(shape, weight, kernel);
                int height = (shape.Height - row + shape.Stride - 1) / shape.Stride, width = (shape.Width - column + shape.Stride - 1) / shape.Stride;
                Multiply(shape.Batch, height * width, weights, image => (
                    new PatchRows(source + (nint)(image * shape.OutputSize * sizeof(float)), shape.OutputHeight, shape.OutputWidth, width, Stride: 1, taps),
                    new PatchTarget(result + (nint)(image * shape.InputSize * sizeof(float)), shape.Area, shape.Width, shape.Stride, phase.Row, phase.Column, width)));
            }
        }
    }

    /// <summary>The bias's gradient: the sums of the output's gradient over pixels and images.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="outputGradient">(batch, outputs, output height, output width).</param>
    /// <param name="biasGradient">(outputs), written.</param>
    public static void BiasGradient(ConvolutionShape shape, float* outputGradient, float* biasGradient)
    {
        for (int output = 0; output < shape.Outputs; output++)
        {
            double sum = 0;
            for (int image = 0; image < shape.Batch; image++)
            {
                sum += TensorPrimitives.Sum(new ReadOnlySpan<float>(outputGradient + image * shape.OutputSize + (long)output * shape.OutputArea, shape.OutputArea));
            }

            biasGradient[output] = (float)sum;
        }
    }

    // The kernel's taps by which an output pixel reads input pixels of this remainder.
    private static IEnumerable<(int Row, int Column)> TapsThatReach(ConvolutionShape shape, int row, int column) =>
        from tapRow in Enumerable.Range(0, shape.Kernel)
        where (row + shape.Padding - tapRow) % shape.Stride == 0
        from tapColumn in Enumerable.Range(0, shape.Kernel)
        where (column + shape.Padding - tapColumn) % shape.Stride == 0
        select (tapRow, tapColumn);

    // (outputs, inputs, kernel, kernel) -> (inputs, outputs · taps)
    private static PatchWeights Transposed(ConvolutionShape shape, float* weight, (int Row, int Column)[] taps)
    {
        var weights = new PatchWeights(shape.Inputs, shape.Outputs * taps.Length);
        int area = shape.Kernel * shape.Kernel;
        for (int input = 0; input < shape.Inputs; input++)
        {
            float* target = weights.Row(input), kernel = weight + (long)input * area;
            for (int output = 0; output < shape.Outputs; output++, kernel += shape.PatchLength)
            {
                foreach ((int row, int column) in taps)
                {
                    *target++ = kernel[row * shape.Kernel + column];
                }
            }
        }

        return weights;
    }

    private static void Multiply(int images, int pixels, PatchWeights weights, Func<int, (PatchRows Patches, PatchTarget Target)> sides)
    {
        int columns = GemmKernels.PanelColumns, panels = (pixels + columns - 1) / columns, wanted = 4 * TorchSharp.torch.get_num_threads();
        int panelsPerPiece = Math.Clamp(images * panels / wanted, 1, PatchProduct.MostPanels), pieces = (panels + panelsPerPiece - 1) / panelsPerPiece;
        Workers.For(images * pieces, piece =>
        {
            (PatchRows patches, PatchTarget target) = sides(piece / pieces);
            int first = piece % pieces * panelsPerPiece * columns;
            PatchProduct.Compute(weights, patches, target, first, Math.Min(pixels, first + panelsPerPiece * columns));
        });
    }
}
