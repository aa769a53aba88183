namespace MLNetVision.Models.Common.Kernels;

/// <summary>The product of weights with the patches of a map.</summary>
/// <remarks>Results do not depend on the number of threads: every element is summed in the same order by one of them.</remarks>
internal static unsafe class PatchProduct
{
    /// <summary>The most panels that are packed before they are multiplied.</summary>
    public const int MostPanels = 8;

    private const int CachedLength = 512; // of a panel and of the weights: 64 KB and 230 KB
    private const int CachedOutputs = 112; // that are multiplied with one panel after the other

    /// <summary>Computes some pixels of the result in all channels, on the calling thread.</summary>
    /// <param name="weights">The left side.</param>
    /// <param name="patches">The right side.</param>
    /// <param name="target">The result.</param>
    /// <param name="first">The first pixel.</param>
    /// <param name="end">Behind the last pixel, at most <see cref="MostPanels"/> panels away.</param>
    public static void Compute(PatchWeights weights, PatchRows patches, PatchTarget target, int first, int end)
    {
        int columns = GemmKernels.PanelColumns, panels = (end - first + columns - 1) / columns;
        float* packed = ThreadScratch.Get(Scratch.Panels, (long)panels * CachedLength * columns);
        float* sums = ThreadScratch.Get(Scratch.Projected, (long)panels * weights.Outputs * columns);
        for (int k = 0; k < weights.Length; k += CachedLength)
        {
            int length = Math.Min(CachedLength, weights.Length - k);
            for (int panel = 0; panel < panels; panel++)
            {
                Pack(patches, k, length, first + panel * columns, end, packed + (long)panel * CachedLength * columns);
            }

            for (int output = 0; output < weights.Outputs; output += CachedOutputs)
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    bool direct = target.IsDense && first + (panel + 1) * columns <= end;
                    var tile = new GemmTile
                    {
                        A = weights.Row(output) + k, APitch = weights.Pitch, Runs = 1, RunLength = length,
                        B = packed + (long)panel * CachedLength * columns,
                        Start = weights.Start(output), StartPitch = columns,
                        C = direct ? target.At(output, first + panel * columns) : sums + ((long)panel * weights.Outputs + output) * columns,
                        CPitch = direct ? target.Plane : columns,
                        Rows = Math.Min(CachedOutputs, weights.Outputs - output),
                    };
                    if (k > 0)
                    {
                        tile.Start = weights.Zeros;
                        tile.StartPitch = 0;
                        tile.Residual = tile.C;
                        tile.ResidualPitch = tile.CPitch;
                    }

                    GemmKernels.Compute(in tile, columns);
                }
            }
        }

        for (int panel = 0; panel < panels; panel++)
        {
            int pixel = first + panel * columns, count = Math.Min(columns, end - pixel);
            if (target.IsDense && count == columns)
            {
                continue;
            }

            for (int output = 0; output < weights.Outputs; output++)
            {
                target.Write(output, pixel, count, sums + ((long)panel * weights.Outputs + output) * columns);
            }
        }
    }

    // For each row of the patches the panel's pixels; zeros behind the last one.
    private static void Pack(PatchRows patches, int k, int length, int pixel, int end, float* target)
    {
        int columns = GemmKernels.PanelColumns, count = Math.Min(columns, end - pixel);
        for (int row = k; row < k + length; row++, target += columns)
        {
            patches.Copy(row, pixel, count, target);
            if (count < columns)
            {
                new Span<float>(target + count, columns - count).Clear();
            }
        }
    }
}
