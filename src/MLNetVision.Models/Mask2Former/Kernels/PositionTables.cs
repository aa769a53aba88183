using MLNetVision.Models.Common.Kernels.Maps;
using MLNetVision.Models.Common.Kernels.Memory;
using MLNetVision.Models.Common.Kernels.Products;

namespace MLNetVision.Models.Mask2Former.Kernels;

/// <summary>
/// The sine position embedding of a sequence of levels, with each level's own embedding added, as tables: half of the
/// channels depends on the row alone, half on the column, so that no map of positions is needed.
/// </summary>
internal sealed unsafe class PositionTables : IDisposable
{
    private const double Temperature = 10000;
    private const double Epsilon = 1e-6;

    private readonly int _half;
    private readonly IReadOnlyList<MapSize> _levels;
    private readonly NativeBuffer[] _rows;
    private readonly NativeBuffer[] _columns;

    /// <param name="levels">The levels.</param>
    /// <param name="channels">The channels of the embedding.</param>
    /// <param name="levelEmbed">A row of channels for each level.</param>
    public PositionTables(IReadOnlyList<MapSize> levels, int channels, NativeBuffer levelEmbed)
    {
        _half = channels / 2;
        _levels = levels;
        _rows = [.. levels.Select((level, i) => Table(level.Height, levelEmbed.Pointer + i * channels))];
        _columns = [.. levels.Select((level, i) => Table(level.Width, levelEmbed.Pointer + i * channels + _half))];
    }

    /// <summary>The level's pixels with their positions added.</summary>
    public PositionedRows Add(Rows rows, int firstLevel, int lastLevel) => new(rows, this, firstLevel, lastLevel);

    /// <summary>Where the two halves of a pixel's embedding lie.</summary>
    public (nint Row, nint Column) Find(int pixel, int firstLevel, int lastLevel)
    {
        int level = firstLevel;
        for (; level < lastLevel && pixel >= _levels[level].Area; level++)
        {
            pixel -= _levels[level].Area;
        }

        int width = _levels[level].Width;
        return ((nint)(_rows[level].Pointer + (long)(pixel / width) * _half), (nint)(_columns[level].Pointer + (long)(pixel % width) * _half));
    }

    public int Half => _half;

    public void Dispose()
    {
        Array.ForEach(_rows, table => table.Dispose());
        Array.ForEach(_columns, table => table.Dispose());
    }

    private NativeBuffer Table(int size, float* levelEmbed)
    {
        var table = new NativeBuffer((long)size * _half);
        for (int pair = 0; pair < _half / 2; pair++)
        {
            double frequency = (float)Math.Pow(Temperature, 2.0 * pair / _half);
            for (int place = 0; place < size; place++)
            {
                float position = (float)((place + 1) / (size + Epsilon) * (2 * Math.PI));
                (double sine, double cosine) = Math.SinCos(position / frequency);
                float* entry = table.Pointer + (long)place * _half + 2 * pair;
                entry[0] = (float)sine + levelEmbed[2 * pair];
                entry[1] = (float)cosine + levelEmbed[2 * pair + 1];
            }
        }

        return table;
    }
}

/// <summary>Pixels with their position embeddings added.</summary>
internal readonly unsafe struct PositionedRows(Rows rows, PositionTables tables, int firstLevel, int lastLevel) : IRowSource
{
    public void Copy(int row, float* target)
    {
        float* from = rows.Row(row);
        (nint first, nint second) = tables.Find(row, firstLevel, lastLevel);
        int half = tables.Half;
        System.Numerics.Tensors.TensorPrimitives.Add(new ReadOnlySpan<float>(from, half), new ReadOnlySpan<float>((float*)first, half), new Span<float>(target, half));
        System.Numerics.Tensors.TensorPrimitives.Add(new ReadOnlySpan<float>(from + half, half), new ReadOnlySpan<float>((float*)second, half), new Span<float>(target + half, half));
    }
}
