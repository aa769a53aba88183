using System.Numerics.Tensors;

namespace MLNetVision.Imaging.Masks;

/// <summary>Writes runs of ones as pixels.</summary>
internal static class RunDecoder
{
    public static void ToColumnMajor(ReadOnlySpan<int> runs, Span<byte> pixels)
    {
        pixels.Clear();
        for (int i = 0; i < runs.Length; i += 2)
        {
            pixels[runs[i]..runs[i + 1]].Fill(1);
        }
    }

    /// <summary>Marks the changes down each column, then adds the rows up with exclusive or, a vector at a time.</summary>
    public static void ToRowMajor(ReadOnlySpan<int> runs, int height, int width, Span<byte> pixels)
    {
        pixels.Clear();
        if (runs.IsEmpty)
        {
            return;
        }

        int column = 0;
        int columnStart = 0;
        for (int i = 0; i < runs.Length; i += 2)
        {
            int start = runs[i];
            int end = runs[i + 1];
            while (start - columnStart >= height)
            {
                column++;
                columnStart += height;
            }

            pixels[(start - columnStart) * width + column] ^= 1;
            while (end - columnStart > height)
            {
                // The run goes on into the next column, whose first pixel is therefore 1.
                column++;
                columnStart += height;
                pixels[column] ^= 1;
            }

            if (end - columnStart < height)
            {
                pixels[(end - columnStart) * width + column] ^= 1;
            }
        }

        for (int row = 1; row < height; row++)
        {
            Span<byte> current = pixels.Slice(row * width, width);
            TensorPrimitives.Xor<byte>(current, pixels.Slice((row - 1) * width, width), current);
        }
    }
}
