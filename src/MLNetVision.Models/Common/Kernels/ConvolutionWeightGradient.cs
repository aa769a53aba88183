using System.Numerics.Tensors;

namespace MLNetVision.Models.Common.Kernels;

/// <summary>The gradient of a convolution's weight: for each weight the sum over all pixels of what it read times the output's gradient.</summary>
/// <remarks>
/// It is computed transposed, (patch length, outputs), in blocks of pixels: patches are the left side as they come, and the
/// output's gradient, of which there is less, is transposed into the panels of the right side. Spans of blocks are summed
/// apart and added in order, so that results do not depend on the number of threads.
/// </remarks>
internal static unsafe class ConvolutionWeightGradient
{
    private const int BlockPixels = 384; // pixels that are summed in registers: longer sums lose digits
    private const int CachedRows = 112; // rows of the patches that are multiplied with one panel after the other
    private const int MostParts = 4, Pieces = 8;

    /// <summary>Computes the gradient.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="x">(batch, inputs, height, width).</param>
    /// <param name="outputGradient">(batch, outputs, output height, output width).</param>
    /// <param name="weightGradient">(outputs, inputs, kernel, kernel), written.</param>
    public static void Compute(ConvolutionShape shape, float* x, float* outputGradient, float* weightGradient)
    {
        int blocksPerImage = (shape.OutputArea + BlockPixels - 1) / BlockPixels, blocks = shape.Batch * blocksPerImage;
        int chunks = (shape.PatchLength + CachedRows - 1) / CachedRows;
        int parts = Math.Min(chunks, MostParts), spans = Math.Clamp(blocks, 1, (Pieces + parts - 1) / parts);
        int pitch = PackedPanels.Pad(shape.Outputs);
        long size = (long)shape.PatchLength * pitch;
        using NativeBuffer sums = ZeroedBuffer.Allocate(spans * size);
        Tap[] taps = PatchRows.SquareKernel(shape.Kernel, shape.Padding);
        (nint source, nint incoming, nint result) = ((nint)x, (nint)outputGradient, (nint)sums.Pointer);
        Workers.For(spans * parts, piece =>
        {
            (int span, int part) = (piece / parts, piece % parts);
            (int firstRow, int endRow) = (part * chunks / parts * CachedRows, Math.Min(shape.PatchLength, (part + 1) * chunks / parts * CachedRows));
            float* target = (float*)result + span * size;
            for (int block = (int)((long)span * blocks / spans); block < (int)((long)(span + 1) * blocks / spans); block++)
            {
                int image = block / blocksPerImage, pixel = block % blocksPerImage * BlockPixels;
                var patches = new PatchRows(
                    source + (nint)(image * shape.InputSize * sizeof(float)), shape.Height, shape.Width, shape.OutputWidth, shape.Stride, taps);
                AddBlock(
                    shape, patches, (float*)incoming + image * shape.OutputSize, (pixel, Math.Min(BlockPixels, shape.OutputArea - pixel)), (firstRow, endRow), target, pitch);
            }
        });

        for (int span = 1; span < spans; span++)
        {
            var total = new Span<float>(sums.Pointer, checked((int)size));
            TensorPrimitives.Add(total, new ReadOnlySpan<float>(sums.Pointer + span * size, total.Length), total);
        }

        LinearPacking.Transpose(sums.Pointer, pitch, shape.PatchLength, shape.Outputs, weightGradient, shape.PatchLength);
    }

    // Adds what some pixels of an image give to some rows of the transposed gradient.
    private static void AddBlock(
        ConvolutionShape shape, PatchRows patches, float* outputGradient, (int First, int Count) pixels, (int First, int End) rows, float* target, int pitch)
    {
        const int Pitch = BlockPixels + 16; // the gap keeps rows out of each other's cache sets
        float* zeros = stackalloc float[GemmKernels.PanelColumns];
        new Span<float>(zeros, GemmKernels.PanelColumns).Clear();
        float* panels = ThreadScratch.Get(Scratch.Panels, (long)pixels.Count * pitch);
        for (int output = 0; output < pitch; output += GemmKernels.PanelColumns)
        {
            int columns = Math.Min(GemmKernels.PanelColumns, pitch - output), real = Math.Clamp(shape.Outputs - output, 0, columns);
            float* panel = panels + (long)output * pixels.Count;
            if (real < columns)
            {
                new Span<float>(panel, pixels.Count * columns).Clear();
            }

            LinearPacking.Transpose(outputGradient + (long)output * shape.OutputArea + pixels.First, shape.OutputArea, real, pixels.Count, panel, columns);
        }

        float* copied = ThreadScratch.Get(Scratch.PackedRows, (long)(CachedRows + GemmKernels.ReadableRows) * Pitch);
        for (int row = rows.First; row < rows.End; row += CachedRows)
        {
            int count = Math.Min(CachedRows, rows.End - row);
            for (int i = 0; i < count; i++)
            {
                patches.Copy(row + i, pixels.First, pixels.Count, copied + (long)i * Pitch);
            }

            var tile = new GemmTile { A = copied, APitch = Pitch, Runs = 1, RunLength = pixels.Count, Start = zeros, CPitch = pitch, ResidualPitch = pitch, Rows = count };
            for (int output = 0; output < pitch; output += GemmKernels.PanelColumns)
            {
                tile.B = panels + (long)output * pixels.Count;
                tile.C = tile.Residual = target + (long)row * pitch + output;
                GemmKernels.Compute(in tile, Math.Min(GemmKernels.PanelColumns, pitch - output));
            }
        }
    }
}
