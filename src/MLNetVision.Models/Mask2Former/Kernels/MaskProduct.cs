using System.Numerics.Tensors;
using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>
/// The mask embeddings of all queries, ready to be multiplied with pixels. The projection to mask features is part of
/// them: (E W) f + E b instead of E (W f + b).
/// </summary>
internal sealed unsafe class MaskProduct : IDisposable
{
    private readonly int _queries;
    private readonly int _channels;
    private readonly int _pitch;
    private readonly NativeBuffer _rows;
    private readonly float[] _offsets;

    /// <param name="embeddings">(queries, channels), multiplied with the projection.</param>
    /// <param name="offsets">What is added to each query's mask.</param>
    public MaskProduct(Rows embeddings, float[] offsets)
    {
        _queries = offsets.Length;
        _channels = embeddings.Length;
        _offsets = offsets;
        _pitch = MatrixProduct.RowPitch(_channels);
        _rows = new NativeBuffer((long)(_queries + GemmKernels.ReadableRows) * _pitch);
        for (int query = 0; query < _queries; query++)
        {
            embeddings.Copy(query, _rows.Pointer + (long)query * _pitch);
        }
    }

    private static int Width => GemmKernels.PanelColumns;

    /// <summary>The mask logits of all queries, a row of pixels each.</summary>
    /// <param name="pixels">The pixels.</param>
    /// <param name="count">Their number.</param>
    /// <param name="masks">The result.</param>
    /// <param name="stride">From one query's mask to the next, at least <paramref name="count"/>.</param>
    public void Compute(Rows pixels, int count, float* masks, int stride)
    {
        nint result = (nint)masks;
        int panels = (count + Width - 1) / Width;
        Workers.For((panels + PieceSizes.MaskPanels - 1) / PieceSizes.MaskPanels, piece =>
        {
            using ScratchLoan columnsLoan = ThreadScratch.Take(Scratch.Keys, (long)Width * _channels, out float* columns);
            using ScratchLoan sumsLoan = ThreadScratch.Take(Scratch.Scores, (long)_queries * Width, out float* sums);
            float* zeros = stackalloc float[Width];
            new Span<float>(zeros, Width).Clear();
            var tile = new GemmTile
            {
                A = _rows.Pointer,
                APitch = _pitch,
                Runs = 1,
                RunLength = _channels,
                B = columns,
                Start = zeros,
                C = sums,
                CPitch = Width,
                Rows = _queries,
            };
            for (int panel = piece * PieceSizes.MaskPanels; panel < Math.Min(panels, (piece + 1) * PieceSizes.MaskPanels); panel++)
            {
                int first = panel * Width, used = Math.Min(Width, count - first);
                AttentionPacking.PackKeyPanel(pixels.Row(first), pixels.Stride, used, _channels, 0, columns);
                GemmKernels.Compute(in tile, Width);
                for (int query = 0; query < _queries; query++)
                {
                    TensorPrimitives.Add(new ReadOnlySpan<float>(sums + query * Width, used), _offsets[query], new Span<float>((float*)result + (long)query * stride + first, used));
                }
            }
        });
    }

    /// <summary>
    /// What masked attention adds to its scores: minus infinity where the mask's probability is below one half, else 0;
    /// 0 everywhere for a query whose mask is empty.
    /// </summary>
    public void ComputeAttentionMask(Rows pixels, int count, float* mask, int stride)
    {
        Compute(pixels, count, mask, stride);
        nint start = (nint)mask;
        Workers.ForRanges(_queries, (first, last) =>
        {
            for (int query = first; query < last; query++)
            {
                var row = new Span<float>((float*)start + (long)query * stride, count);
                if (TensorPrimitives.Max<float>(row) < 0)
                {
                    row.Clear();
                    continue;
                }

                foreach (ref float logit in row)
                {
                    logit = logit < 0 ? float.NegativeInfinity : 0;
                }
            }
        });
    }

    public void Dispose() => _rows.Dispose();
}
