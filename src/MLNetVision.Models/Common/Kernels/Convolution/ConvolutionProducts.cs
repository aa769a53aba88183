using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>
/// Convolutions and their gradients as products of patches with packed weights, in float32 over maps with channels last.
/// libtorch's own go to oneDNN, which computes wrong values on some processors where it pads channels to its blocks.
/// </summary>
/// <remarks>Results do not depend on the number of threads: every element is summed in the same order by one of them.</remarks>
internal static unsafe class ConvolutionProducts
{
    /// <summary>The output: for each pixel its patch times the weights, plus the bias.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">The input.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="bias">(outputs), or null.</param>
    /// <param name="y">(batch, output height, output width, outputs), written.</param>
    public static void Output(ConvolutionShape shape, MapMemory x, float* weight, float* bias, float* y)
    {
        using PackedPanels panels = ConvolutionPanels.ForOutput(shape, weight, bias);
        int width = (shape.OutputWidth - 1) * shape.Stride + Math.Max(shape.Stride, shape.Kernel); // no less than what the rows of a tile are apart
        var patches = new Patches(-shape.Padding, -shape.Padding, shape.Kernel, shape.Kernel, shape.Stride);
        var target = new PixelGrid((nint)y, shape.OutputHeight, shape.OutputWidth, shape.Outputs, new Grid(1, 0, 0));
        ForLines(shape.Batch, shape.OutputHeight, (long)shape.Stride * width * shape.Inputs, (image, first, count) =>
        {
            var range = new LineRange(first * shape.Stride - shape.Padding, (count - 1) * shape.Stride + shape.Kernel);
            using ScratchLoan loan = ThreadScratch.Take(Scratch.PackedRows, PaddedLines.Floats(shape.Inputs, range.Count, width), out float* memory);
            var lines = new PaddedLines(memory, in x, image, range, shape.Padding, width);
            LineProducts.Compute(lines, patches, panels, target, image, (first, first + count));
        });
    }

    /// <summary>
    /// The input's gradient. Input pixels that have the same remainder when divided by the stride are reached by the same taps:
    /// for each remainder it is a convolution of the output's gradient with these taps, of stride 1.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="outputGradient">The output's gradient.</param>
    /// <param name="weight">(outputs, inputs, kernel, kernel).</param>
    /// <param name="inputGradient">(batch, height, width, inputs), written.</param>
    public static void InputGradient(ConvolutionShape shape, MapMemory outputGradient, float* weight, float* inputGradient)
    {
        (int stride, int last) = (shape.Stride, (shape.Stride - 1 + shape.Padding) / shape.Stride); // the largest offset
        int before = Math.Max(0, (shape.Kernel - 1 - shape.Padding + stride - 1) / stride), height = (shape.Height + stride - 1) / stride;
        int width = before + (shape.Width + stride - 1) / stride + last;
        nint result = (nint)inputGradient;
        var remainders = new List<(Patches Patches, PackedPanels Panels, PixelGrid Target)>();
        try
        {
            for (int row = 0; row < Math.Min(stride, shape.Height); row++)
            {
                for (int column = 0; column < Math.Min(stride, shape.Width); column++)
                {
                    int[] rows = KernelLines(shape, row), columns = KernelLines(shape, column);
                    remainders.Add((
                        new Patches(FirstOffset(shape, row, rows), FirstOffset(shape, column, columns), rows.Length, columns.Length, Stride: 1),
                        ConvolutionPanels.ForInputGradient(shape, weight, rows, columns),
                        new PixelGrid(result, shape.Height, shape.Width, shape.Inputs, new Grid(stride, row, column))));
                }
            }

            ForLines(shape.Batch, height, (long)width * shape.Outputs, (image, first, count) =>
            {
                var range = new LineRange(first - before, before + count + last);
                using ScratchLoan loan = ThreadScratch.Take(Scratch.PackedRows, PaddedLines.Floats(shape.Outputs, range.Count, width), out float* memory);
                var lines = new PaddedLines(memory, in outputGradient, image, range, before, width);
                foreach ((Patches patches, PackedPanels panels, PixelGrid target) in remainders)
                {
                    LineProducts.Compute(lines, patches, panels, target, image, (first, Math.Min(target.Rows, first + count)));
                }
            });
        }
        finally
        {
            remainders.ForEach(remainder => remainder.Panels.Dispose());
        }
    }

    /// <summary>The bias's gradient: the sums of the output's gradient over images and pixels.</summary>
    /// <param name="outputGradient">The output's gradient, with channels last.</param>
    /// <param name="biasGradient">(outputs), written.</param>
    public static void BiasGradient(MapMemory outputGradient, float* biasGradient)
    {
        var sums = new double[outputGradient.Channels];
        float* pixel = outputGradient.Line(0, 0);
        for (long i = (long)outputGradient.Batch * outputGradient.Height * outputGradient.Width; i > 0; i--)
        {
            for (int output = 0; output < sums.Length; output++)
            {
                sums[output] += *pixel++;
            }
        }

        for (int output = 0; output < sums.Length; output++)
        {
            biasGradient[output] = (float)sums[output];
        }
    }

    // The kernel's lines that reach input lines of a remainder, from the first output line to the last: backwards.
    private static int[] KernelLines(ConvolutionShape shape, int remainder) =>
        [.. Enumerable.Range(0, shape.Kernel).Reverse().Where(line => (remainder + shape.Padding - line) % shape.Stride == 0)];

    // The kernel's line k reaches the input line stride · i + remainder from the output line i + (remainder + padding - k) / stride.
    private static int FirstOffset(ConvolutionShape shape, int remainder, int[] lines) => lines.Length == 0 ? 0 : (remainder + shape.Padding - lines[0]) / shape.Stride;

    // Does something for every image's lines, some at a time, which stay in the cache; an image, its first line, their number.
    private static void ForLines(int images, int height, long lineFloats, Action<int, int, int> action)
    {
        int wanted = PieceSizes.PerThread * KernelThreads.Current, evenly = (images * height + wanted - 1) / wanted;
        int lines = (int)Math.Clamp(Math.Min(PieceSizes.CopiedFloats / lineFloats, evenly), 1, height), pieces = (height + lines - 1) / lines;
        Workers.For(images * pieces, piece =>
        {
            int first = piece % pieces * lines;
            action(piece / pieces, first, Math.Min(lines, height - first));
        });
    }
}
