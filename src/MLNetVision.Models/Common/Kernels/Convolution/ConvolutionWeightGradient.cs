using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Common.Kernels.Convolution;

/// <summary>The gradient of a convolution's weight: for each weight the sum over all pixels of what it read times the output's gradient.</summary>
/// <remarks>
/// It is computed transposed, (kernel row, kernel column, input) by output: the elements of a patch are the rows of a tile, and
/// the pixels of a few lines are what a tile sums. Lines lie one behind the other, with pixels between them whose gradient is
/// 0. Spans of images are summed apart and added in order: results do not depend on the number of threads.
/// </remarks>
internal static unsafe class ConvolutionWeightGradient
{
    /// <summary>Computes the gradient.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">The input.</param>
    /// <param name="outputGradient">The output's gradient, with channels last.</param>
    /// <param name="weightGradient">(outputs, inputs, kernel, kernel), written.</param>
    public static void Compute(ConvolutionShape shape, MapMemory x, MapMemory outputGradient, float* weightGradient)
    {
        int parts = (shape.Kernel * shape.Inputs + PieceSizes.GradientRows - 1) / PieceSizes.GradientRows, units = shape.Kernel * parts;
        int spans = Math.Clamp(shape.Batch, 1, PieceSizes.GradientSpans), shares = Math.Min(units, (PieceSizes.GradientSpans + spans - 1) / spans);
        int pitch = PackedPanels.Pad(shape.Outputs);
        long size = (long)shape.PatchLength * pitch;
        using NativeBuffer sums = ZeroedBuffer.Allocate(spans * size);
        nint target = (nint)sums.Pointer;
        Workers.For(spans * shares, piece =>
        {
            (int span, int share) = Math.DivRem(piece, shares);
            var work = new Piece(shape, x, outputGradient, (float*)target + span * size, pitch, parts);
            for (int image = span * shape.Batch / spans; image < (span + 1) * shape.Batch / spans; image++)
            {
                work.Add(image, share * units / shares, (share + 1) * units / shares);
            }
        });

        var sum = new Span<float>(sums.Pointer, checked((int)size));
        for (int span = 1; span < spans; span++)
        {
            TensorPrimitives.Add(sum, new ReadOnlySpan<float>(sums.Pointer + span * size, sum.Length), sum);
        }

        Unpack(shape, sums.Pointer, pitch, weightGradient);
    }

    // (kernel row, kernel column, input) by output -> (outputs, inputs, kernel, kernel)
    private static void Unpack(ConvolutionShape shape, float* transposed, int pitch, float* weightGradient)
    {
        int taps = shape.Kernel * shape.Kernel;
        using ScratchLoan ofOutputsLoan = ThreadScratch.Take(Scratch.Panels, (long)shape.PatchLength * GemmKernels.PanelColumns, out float* ofOutputs);
        for (int first = 0; first < shape.Outputs; first += GemmKernels.PanelColumns)
        {
            int outputs = Math.Min(GemmKernels.PanelColumns, shape.Outputs - first);
            LinearPacking.Transpose(transposed + first, pitch, shape.PatchLength, outputs, ofOutputs, shape.PatchLength);
            for (int output = 0; output < outputs; output++)
            {
                LinearPacking.Transpose(
                    ofOutputs + (long)output * shape.PatchLength, shape.Inputs, taps, shape.Inputs, weightGradient + (long)(first + output) * shape.PatchLength, taps);
            }
        }
    }

    /// <summary>What one thread does: some units (parts of the kernel's rows) of some images.</summary>
    private readonly struct Piece
    {
        private readonly ConvolutionShape _shape;
        private readonly MapMemory _x;
        private readonly MapMemory _outputGradient;
        private readonly float* _target;
        private readonly int _pitch;
        private readonly int _parts;
        private readonly int _gap; // pixels between two lines, in which patches would run over the line's end
        private readonly int _linePixels; // of the output, those between two lines included
        private readonly int _lines; // at a time

        public Piece(ConvolutionShape shape, MapMemory x, MapMemory outputGradient, float* target, int pitch, int parts)
        {
            (_shape, _x, _outputGradient, _pitch, _parts) = (shape, x, outputGradient, pitch, parts);
            _target = target;
            _gap = (Math.Max(0, shape.Kernel - shape.Stride) + shape.Stride - 1) / shape.Stride;
            _linePixels = shape.OutputWidth + _gap;
            _lines = Math.Clamp(PieceSizes.SummedRows / _linePixels, 1, shape.OutputHeight);
        }

        private int CopiedWidth => _linePixels * _shape.Stride;

        public void Add(int image, int firstUnit, int endUnit)
        {
            float* zeros = stackalloc float[GemmKernels.PanelColumns];
            new Span<float>(zeros, GemmKernels.PanelColumns).Clear();
            using ScratchLoan panelsLoan = ThreadScratch.Take(Scratch.Panels, (long)_lines * _linePixels * _pitch, out float* panels);
            using ScratchLoan copiedLoan = ThreadScratch.Take(Scratch.PackedRows, PaddedLines.Floats(_shape.Inputs, _lines, CopiedWidth), out float* copied);
            int length = _shape.Kernel * _shape.Inputs;
            for (int row = 0; row < _shape.OutputHeight; row += _lines)
            {
                int lines = Math.Min(_lines, _shape.OutputHeight - row);
                PackGradient(image, row, lines, panels);
                float* run = null;
                for (int unit = firstUnit; unit < endUnit; unit++)
                {
                    (int kernelRow, int part) = Math.DivRem(unit, _parts);
                    if (part == 0 || run == null)
                    {
                        run = CopyLines(copied, image, row * _shape.Stride + kernelRow - _shape.Padding, lines);
                    }

                    int first = part * PieceSizes.GradientRows;
                    var tile = new GemmTile
                    {
                        A = run + first, APitch = 1, Runs = lines * _linePixels - _gap, RunStride = (nint)_shape.Stride * _shape.Inputs, RunLength = 1,
                        Start = zeros, CPitch = _pitch, ResidualPitch = _pitch, Rows = Math.Min(PieceSizes.GradientRows, length - first),
                    };
                    for (int output = 0; output < _pitch; output += GemmKernels.PanelColumns)
                    {
                        tile.B = panels + (long)output * lines * _linePixels;
                        tile.C = tile.Residual = _target + (long)(kernelRow * length + first) * _pitch + output;
                        GemmKernels.Compute(in tile, Math.Min(GemmKernels.PanelColumns, _pitch - output));
                    }
                }
            }
        }

        // The output's gradient in panels, zeros for the pixels between two lines and for the outputs that fill a panel up.
        private void PackGradient(int image, int row, int lines, float* target)
        {
            for (int output = 0; output < _pitch; output += GemmKernels.PanelColumns)
            {
                int columns = Math.Min(GemmKernels.PanelColumns, _pitch - output), used = Math.Min(columns, _shape.Outputs - output);
                for (int line = 0; line < lines; line++, target += (nint)_linePixels * columns)
                {
                    PackLine(_outputGradient.Line(image, row + line) + output, used, target, columns);
                    new Span<float>(target + (nint)_shape.OutputWidth * columns, _gap * columns).Clear();
                }
            }
        }

        private void PackLine(float* source, int used, float* target, int columns)
        {
            if (columns == _shape.Outputs)
            {
                new ReadOnlySpan<float>(source, _shape.OutputWidth * columns).CopyTo(new Span<float>(target, _shape.OutputWidth * columns));
                return;
            }

            for (int pixel = 0; pixel < _shape.OutputWidth; pixel++, source += _shape.Outputs, target += columns)
            {
                if (used < columns)
                {
                    new ReadOnlySpan<float>(source, used).CopyTo(new Span<float>(target, columns));
                    new Span<float>(target + used, columns - used).Clear();
                    continue;
                }

                // A call to copy so little would take longer than the copy.
                for (int i = 0; i < columns; i += Vector256<float>.Count)
                {
                    Vector256.Load(source + i).Store(target + i);
                }
            }
        }

        // Every stride-th line of the input, so long that the next line's first patch begins where a patch would begin.
        private float* CopyLines(float* memory, int image, int row, int lines)
        {
            var copied = new PaddedLines(memory, in _x, image, new LineRange(row, lines, _shape.Stride), _shape.Padding, CopiedWidth);
            return copied.At(row, -_shape.Padding);
        }
    }
}
