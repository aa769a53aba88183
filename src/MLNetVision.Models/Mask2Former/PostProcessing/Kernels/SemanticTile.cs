using System.Runtime.Intrinsics;
using MLNetVision.Models.Common.Kernels.Gemm;
using MLNetVision.Models.Common.Kernels.Memory;

namespace MLNetVision.Models.Mask2Former.PostProcessing.Kernels;

/// <summary>
/// A rectangle of the target for semantic maps, and the rectangle of the middle grid that it is interpolated from. Classes
/// challenge each other in the order of what they could reach at most; as soon as that is less than what has been reached
/// at every pixel, the rest cannot win anywhere and is not computed.
/// </summary>
internal sealed unsafe class SemanticTile
{
    private const int Group = QueryMasks.Group;
    private static readonly int Width = GemmKernels.PanelColumns; // of a panel, whole groups

    private readonly QueryMasks _masks;
    private readonly ClassWeights _weights;
    private readonly ClassContest _contest;
    private readonly AxisMap? _rowMap;
    private readonly AxisMap? _columnMap;
    private readonly AxisSpan _rows;
    private readonly AxisSpan _columns;
    private readonly int _from; // the first column of the middle grid
    private readonly int _pitch; // columns of the middle grid, whole groups
    private readonly int _panels;

    /// <param name="masks">The masks of all queries.</param>
    /// <param name="weights">The queries' classes.</param>
    /// <param name="contest">Gets the target's pixels.</param>
    /// <param name="rowMap">From the middle grid's rows to the target's; null if they are the same.</param>
    /// <param name="columnMap">The same for columns.</param>
    /// <param name="rows">The tile's rows.</param>
    /// <param name="columns">The tile's columns.</param>
    public SemanticTile(QueryMasks masks, ClassWeights weights, ClassContest contest, AxisMap? rowMap, AxisMap? columnMap, AxisSpan rows, AxisSpan columns)
    {
        (_masks, _weights, _contest, _rowMap, _columnMap, _rows, _columns) = (masks, weights, contest, rowMap, columnMap, rows, columns);
        _pitch = (columns.FromCount + Group - 1) / Group * Group;
        _from = Math.Max(0, Math.Min(columns.From, masks.Width - _pitch)); // whole groups, without reading past the row if that can be
        _panels = (rows.FromCount * _pitch + Width - 1) / Width;
    }

    /// <summary>Finds the surest class of each of the tile's pixels.</summary>
    public void Decide()
    {
        using ScratchLoan panelsLoan = ThreadScratch.Take(Scratch.Panels, (long)_panels * Width * _masks.Count, out float* panels);
        Span<float> largest = stackalloc float[_masks.Count];
        FillPanels(panels, largest);
        var bounds = new float[_weights.Classes];
        var labels = new int[_weights.Classes];
        for (int label = 0; label < labels.Length; label++)
        {
            (labels[label], bounds[label]) = (label, -_weights.UpperBound(label, largest));
        }

        Array.Sort(bounds, labels);
        using ScratchLoan rowsLoan = ThreadScratch.Take(Scratch.PackedRows, (long)GemmKernels.ReadableRows * _masks.Count, out float* rows);
        using ScratchLoan scoresLoan = ThreadScratch.Take(Scratch.Scores, (long)_panels * Width * GemmKernels.BlockRows + AxisMap.Lanes, out float* scores);
        for (int start = 0; start < labels.Length && !(-bounds[start] < Reached()); start += GemmKernels.BlockRows)
        {
            ReadOnlySpan<int> some = labels.AsSpan(start, Math.Min(GemmKernels.BlockRows, labels.Length - start));
            _weights.Copy(some, rows);
            Multiply(rows, some.Length, panels, scores);
            for (int i = 0; i < some.Length; i++)
            {
                Challenge(some[i], scores + (long)i * _panels * Width);
            }
        }
    }

    /// <summary>The masks' values as the panels of <see cref="GemmKernels"/>, pixels flattened.</summary>
    private void FillPanels(float* panels, Span<float> largest)
    {
        int groups = _pitch / Group;
        for (int query = 0; query < _masks.Count; query++)
        {
            Vector256<float> most = default;
            for (int row = 0; row < _rows.FromCount; row++)
            {
                for (int i = 0; i < groups; i++)
                {
                    int pixel = row * _pitch + i * Group;
                    float* target = panels + (long)(pixel / Width) * Width * _masks.Count + query * Width + pixel % Width;
                    most = Vector256.Max(most, _masks.Probabilities(query, _rows.From + row, _from + i * Group, target));
                }
            }

            largest[query] = Largest(most);
        }
    }

    /// <summary>The class scores of some classes: (classes, the tile's pixels of the middle grid).</summary>
    private void Multiply(float* rows, int classes, float* panels, float* scores)
    {
        float* zeros = stackalloc float[Width];
        new Span<float>(zeros, Width).Clear();
        var tile = new GemmTile { A = rows, APitch = _masks.Count, Runs = 1, RunLength = _masks.Count, Start = zeros, CPitch = (nint)_panels * Width, Rows = classes };
        for (int panel = 0; panel < _panels; panel++)
        {
            tile.B = panels + (long)panel * Width * _masks.Count;
            tile.C = scores + (long)panel * Width;
            GemmKernels.Compute(in tile, Width);
        }
    }

    /// <summary>Widens one class' scores to the target's columns, then goes down the target's rows.</summary>
    private void Challenge(int label, float* scores)
    {
        int pitch = _pitch;
        float* wide = scores + (_columns.From - _from);
        using ScratchLoan wideLoan = _columnMap is null ? default : ThreadScratch.Take(Scratch.Hidden, (long)_rows.FromCount * _columns.Count, out wide);
        if (_columnMap is not null)
        {
            pitch = _columns.Count;
            for (int row = 0; row < _rows.FromCount; row++)
            {
                // The map loads whole vectors, the last of which may begin at the row's last element.
                _columnMap.Apply(new ReadOnlySpan<float>(scores + row * _pitch, _pitch + AxisMap.Lanes), _from, _columns.Start, new Span<float>(wide + row * pitch, pitch));
            }
        }

        for (int row = _rows.Start; row < _rows.Start + _rows.Count; row++)
        {
            (int above, int below, float weight) = Neighbours(row);
            _contest.Challenge(label, row, _columns.Start, _columns.Count, wide + above * pitch, wide + below * pitch, weight);
        }
    }

    private (int Above, int Below, float Weight) Neighbours(int row)
    {
        if (_rowMap is null)
        {
            return (row - _rows.From, row - _rows.From, 0);
        }

        int above = _rowMap.Indices[row] - _rows.From;
        float weight = _rowMap.Weights[_rowMap.Length + row];
        return (above, weight == 0 ? above : _rowMap.Indices[_rowMap.Length + row] - _rows.From, weight);
    }

    private static float Largest(Vector256<float> values)
    {
        Vector128<float> four = Vector128.Max(values.GetLower(), values.GetUpper());
        return Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
    }

    /// <summary>The score that the surest class has at least, wherever in the tile.</summary>
    private float Reached()
    {
        float least = float.PositiveInfinity;
        for (int row = _rows.Start; row < _rows.Start + _rows.Count; row++)
        {
            least = Math.Min(least, _contest.Smallest(row, _columns.Start, _columns.Count));
        }

        return least;
    }
}
