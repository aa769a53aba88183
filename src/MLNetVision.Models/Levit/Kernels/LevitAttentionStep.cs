using MLNetVision.Models.Common.Kernels.Attention;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;
using MLNetVision.Models.Common.Kernels.Threads;

namespace MLNetVision.Models.Levit.Kernels;

/// <summary>Where a head's queries, keys and values lie and how many there are.</summary>
/// <param name="Heads">The heads.</param>
/// <param name="KeyDim">The channels of a query or key; head h's begin at h · KeyDim.</param>
/// <param name="ValueDim">The channels of a value; head h's begin at h · ValueDim.</param>
/// <param name="Queries">The queries of an image.</param>
/// <param name="Keys">The keys of an image.</param>
/// <param name="QueryMatrix">The matrix of the queries, which begin at column 0.</param>
/// <param name="QueryPitch">Its row.</param>
/// <param name="KeyColumn">The first column of the keys in <see cref="LevitMatrix.Wide"/>.</param>
/// <param name="ValueColumn">The first column of the values in it.</param>
/// <param name="WidePitch">Its row.</param>
internal sealed record LevitAttentionLayout(
    int Heads, int KeyDim, int ValueDim, int Queries, int Keys, LevitMatrix QueryMatrix, int QueryPitch, int KeyColumn, int ValueColumn, int WidePitch)
{
    /// <summary>The columns of a head in <see cref="LevitMatrix.Attended"/>; those beyond ValueDim belong to values of zero.</summary>
    public int AttendedColumns => PackedPanels.Pad(ValueDim);

    /// <summary>The row of <see cref="LevitMatrix.Attended"/>.</summary>
    public int AttendedPitch => Heads * AttendedColumns;

    /// <summary>The keys, padded to whole vectors.</summary>
    public int PaddedKeys => PackedPanels.Pad(Keys);

    /// <summary>The memory that a thread needs: packed keys, packed values, and the attention of a tile of queries.</summary>
    public long ScratchElements =>
        (long)KeyDim * PaddedKeys + (long)Keys * AttendedColumns + (long)(GemmKernels.BlockRows + GemmKernels.ReadableRows) * PaddedKeys;
}

/// <summary>
/// Attention: softmax(queries · keysᵀ + biases) · values, then hardswish. One part is one head of one image, or some
/// of its queries; the attention exists only for a tile of queries at a time. The queries are scaled already.
/// </summary>
internal sealed unsafe class LevitAttentionStep : LevitKernelStep
{
    /// <summary>The bias of the keys that only fill a vector up: whatever the others' scores, they get no attention.</summary>
    private const float NoKey = float.NegativeInfinity;

    private readonly LevitAttentionLayout _layout;
    private readonly NativeBuffer _biases;
    private readonly NativeBuffer _zeros = ZeroedBuffer.Allocate(GemmKernels.PanelColumns);

    /// <param name="layout">The sizes.</param>
    /// <param name="biases">[heads, queries, keys].</param>
    public LevitAttentionStep(LevitAttentionLayout layout, ReadOnlySpan<float> biases)
    {
        _layout = layout;
        int rows = layout.Heads * layout.Queries;
        _biases = ZeroedBuffer.Allocate((long)(rows + GemmKernels.ReadableRows) * layout.PaddedKeys);
        for (int row = 0; row < rows; row++)
        {
            var target = new Span<float>(_biases.Pointer + (long)row * layout.PaddedKeys, layout.PaddedKeys);
            biases.Slice(row * layout.Keys, layout.Keys).CopyTo(target);
            target[layout.Keys..].Fill(NoKey);
        }
    }

    public override int Parts(LevitKernelWorkspace workspace, int threads)
    {
        // Heads that the threads cannot share evenly are split by queries; each part then packs the head's keys again.
        int heads = workspace.Images * _layout.Heads;
        return threads == 1 || heads % threads == 0 || heads >= PieceSizes.HeadsPerThread * threads ? heads : heads * threads;
    }

    public override void Run(LevitKernelWorkspace workspace, int part, int parts, int worker)
    {
        // Images of one head in turn: its biases stay in the cache.
        int ranges = parts / (workspace.Images * _layout.Heads);
        (int range, int head, int image) = (part % ranges, part / ranges / workspace.Images, part / ranges % workspace.Images);
        LevitAttentionLayout layout = _layout;
        float* wide = workspace[LevitMatrix.Wide] + (long)image * layout.Keys * layout.WidePitch;
        float* keys = workspace.Scratch(worker);
        float* values = keys + (long)layout.KeyDim * layout.PaddedKeys;
        float* attention = values + (long)layout.Keys * layout.AttendedColumns;
        PackKeys(wide + layout.KeyColumn + head * layout.KeyDim, keys);
        PackValues(wide + layout.ValueColumn + head * layout.ValueDim, values);

        float* queries = workspace[layout.QueryMatrix] + (long)image * layout.Queries * layout.QueryPitch + head * layout.KeyDim;
        float* attended = workspace[LevitMatrix.Attended] + (long)image * layout.Queries * layout.AttendedPitch + head * layout.AttendedColumns;
        float* scales = stackalloc float[GemmKernels.BlockRows];
        int rows, end = (range + 1) * layout.Queries / ranges;
        for (int query = range * layout.Queries / ranges; query < end; query += rows)
        {
            rows = GemmKernels.NextBlock(end - query);
            var scores = new GemmTile
            {
                A = queries + (long)query * layout.QueryPitch,
                APitch = layout.QueryPitch,
                Runs = 1,
                RunLength = layout.KeyDim,
                StartPitch = layout.PaddedKeys,
                CPitch = layout.PaddedKeys,
                Rows = rows,
            };
            float* biases = _biases.Pointer + ((long)head * layout.Queries + query) * layout.PaddedKeys;
            for (int column = 0; column < layout.PaddedKeys; column += GemmKernels.PanelColumns)
            {
                scores.B = keys + (long)column * layout.KeyDim;
                scores.Start = biases + column;
                scores.C = attention + column;
                GemmKernels.Compute(in scores, Math.Min(GemmKernels.PanelColumns, layout.PaddedKeys - column));
            }

            for (int row = 0; row < rows; row++)
            {
                scales[row] = 1 / SoftmaxRow.Exponentiate(attention + (long)row * layout.PaddedKeys, layout.PaddedKeys);
            }

            var sums = new GemmTile
            {
                A = attention,
                APitch = layout.PaddedKeys,
                Runs = 1,
                RunLength = layout.Keys,
                Start = _zeros.Pointer,
                Scale = scales,
                Hardswish = true,
                CPitch = layout.AttendedPitch,
                Rows = rows,
            };
            for (int column = 0; column < layout.AttendedColumns; column += GemmKernels.PanelColumns)
            {
                sums.B = values + (long)column * layout.Keys;
                sums.C = attended + (long)query * layout.AttendedPitch + column;
                GemmKernels.Compute(in sums, Math.Min(GemmKernels.PanelColumns, layout.AttendedColumns - column));
            }
        }
    }

    public override void Dispose()
    {
        _biases.Dispose();
        _zeros.Dispose();
    }

    /// <summary>[keys, pitch] -> panels of [key dim, columns], zeros behind the last key: the memory may hold what is no number, of which no weight of zero rids.</summary>
    private void PackKeys(float* source, float* target)
    {
        for (int first = 0; first < _layout.PaddedKeys; first += GemmKernels.PanelColumns)
        {
            int columns = Math.Min(GemmKernels.PanelColumns, _layout.PaddedKeys - first);
            int count = Math.Min(columns, _layout.Keys - first);
            if (count < columns)
            {
                new Span<float>(target, columns * _layout.KeyDim).Clear();
            }

            for (int key = 0; key < count; key++)
            {
                float* channels = source + (long)(first + key) * _layout.WidePitch;
                for (int k = 0; k < _layout.KeyDim; k++)
                {
                    target[k * columns + key] = channels[k];
                }
            }

            target += columns * _layout.KeyDim;
        }
    }

    /// <summary>[keys, pitch] -> panels of [keys, columns], zeros behind the last channel.</summary>
    private void PackValues(float* source, float* target)
    {
        for (int first = 0; first < _layout.AttendedColumns; first += GemmKernels.PanelColumns)
        {
            int columns = Math.Min(GemmKernels.PanelColumns, _layout.AttendedColumns - first);
            int count = Math.Min(columns, _layout.ValueDim - first);
            for (int key = 0; key < _layout.Keys; key++, target += columns)
            {
                var row = new Span<float>(target, columns);
                new ReadOnlySpan<float>(source + (long)key * _layout.WidePitch + first, count).CopyTo(row);
                row[count..].Clear();
            }
        }
    }
}
