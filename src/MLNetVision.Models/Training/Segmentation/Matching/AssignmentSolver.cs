using System.Numerics;
using System.Runtime.InteropServices;

namespace MLNetVision.Models.Training.Segmentation.Matching;

/// <summary>
/// Optimal assignment: chooses min(rows, columns) pairs of a cost matrix, no row or column twice, so that the summed
/// cost is least (the "Hungarian" matching of DETR and Mask2Former).
/// </summary>
/// <remarks>
/// <para>
/// Shortest augmenting paths (Jonker and Volgenant 1987; rectangular after Crouse, "On implementing 2D rectangular
/// assignment algorithms", 2016): the lines of the shorter side, the agents, are assigned one after the other, each by
/// a Dijkstra search over the lines of the longer side, the slots, on costs reduced by dual prices. The inner loop
/// relaxes and searches a vector of slots at a time. O(agents² · slots) at worst.
/// </para>
/// <para>An instance keeps its workspace between calls and may be used by one thread at a time.</para>
/// </remarks>
public sealed class AssignmentSolver
{
    /// <summary>Costs with the agents as rows, each padded to whole vectors with +infinity.</summary>
    private double[] _costs = [];

    /// <summary>Dual prices of the agents.</summary>
    private double[] _agentPrices = [];

    /// <summary>Dual prices of the slots; −infinity while a slot is settled in a search, so that no relaxation reaches it.</summary>
    private double[] _slotPrices = [];

    /// <summary>Length of the shortest path to each slot found so far; +infinity for settled slots.</summary>
    private double[] _distances = [];

    /// <summary>The agent from which each slot is reached.</summary>
    private long[] _reachedFrom = [];

    private int[] _agentOfSlot = [];
    private int[] _slotOfAgent = [];

    /// <summary>The settled slots of one search, with their distance and price.</summary>
    private (int Slot, double Distance, double Price)[] _settled = [];

    private int _agents;
    private int _stride;

    /// <summary>Solves for float32 costs.</summary>
    /// <param name="costs">rows · columns costs, row after row; +infinity forbids a pair.</param>
    /// <param name="rows">The number of rows (queries); may be 0.</param>
    /// <param name="columns">The number of columns (targets); may be 0.</param>
    /// <returns>min(rows, columns) pairs, rows ascending.</returns>
    /// <exception cref="ArgumentException">The count of costs is not rows · columns, or a cost is NaN or −infinity; the message says where.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A negative size.</exception>
    /// <exception cref="InvalidOperationException">Infeasible: every choice needs a forbidden pair.</exception>
    public Assignment Solve(ReadOnlySpan<float> costs, int rows, int columns)
    {
        Load(costs, rows, columns);
        return Solve(rows, columns);
    }

    /// <summary>Solves for float64 costs.</summary>
    /// <inheritdoc cref="Solve(ReadOnlySpan{float}, int, int)"/>
    public Assignment Solve(ReadOnlySpan<double> costs, int rows, int columns)
    {
        Load(costs, rows, columns);
        return Solve(rows, columns);
    }

    private Assignment Solve(int rows, int columns)
    {
        for (int agent = 0; agent < _agents; agent++)
        {
            Augment(agent, rows, columns);
        }

        int[] assignedRows = new int[_agents];
        int[] assignedColumns = new int[_agents];
        if (rows <= columns)
        {
            for (int row = 0; row < rows; row++)
            {
                (assignedRows[row], assignedColumns[row]) = (row, _slotOfAgent[row]);
            }
        }
        else
        {
            int count = 0;
            for (int row = 0; row < rows; row++)
            {
                if (_agentOfSlot[row] >= 0)
                {
                    (assignedRows[count], assignedColumns[count]) = (row, _agentOfSlot[row]);
                    count++;
                }
            }
        }

        return new Assignment(assignedRows, assignedColumns);
    }

    private void Load<T>(ReadOnlySpan<T> costs, int rows, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        if (costs.Length != (long)rows * columns)
        {
            throw new ArgumentException($"A cost matrix of {rows} x {columns} needs {(long)rows * columns} costs; {costs.Length} came.", nameof(costs));
        }

        _agents = Math.Min(rows, columns);
        int slots = Math.Max(rows, columns);
        _stride = (slots + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        Prepare();

        // The least cost is NaN if any is, so one comparison an element suffices to find what may not be there.
        bool valid = true;
        for (int agent = 0; agent < _agents; agent++)
        {
            Span<double> line = _costs.AsSpan(agent * _stride, _stride);
            int step = rows <= columns ? 1 : columns;
            int source = rows <= columns ? agent * columns : agent;
            for (int slot = 0; slot < slots; slot++, source += step)
            {
                T cost = costs[source];
                valid &= cost > T.NegativeInfinity;
                line[slot] = double.CreateTruncating(cost);
            }

            line[slots..].Fill(double.PositiveInfinity);
        }

        if (!valid)
        {
            ThrowInvalid(costs, columns);
        }
    }

    private void Prepare()
    {
        if (_costs.Length < checked(_agents * _stride))
        {
            _costs = new double[_agents * _stride];
        }

        if (_slotPrices.Length < _stride)
        {
            _slotPrices = new double[_stride];
            _distances = new double[_stride];
            _reachedFrom = new long[_stride];
            _agentOfSlot = new int[_stride];
        }

        if (_agentPrices.Length < _agents)
        {
            _agentPrices = new double[_agents];
            _slotOfAgent = new int[_agents];
            _settled = new (int, double, double)[_agents];
        }

        _slotPrices.AsSpan(0, _stride).Clear();
        _agentPrices.AsSpan(0, _agents).Clear();
        _agentOfSlot.AsSpan(0, _stride).Fill(-1);
    }

    /// <summary>Assigns one more agent along the shortest augmenting path and updates the prices.</summary>
    private void Augment(int start, int rows, int columns)
    {
        _distances.AsSpan(0, _stride).Fill(double.PositiveInfinity);
        int settled = 0;
        int agent = start;
        double distance = 0;
        int slot;
        while (true)
        {
            distance = Relax(agent, distance - _agentPrices[agent]);
            if (double.IsPositiveInfinity(distance))
            {
                throw new InvalidOperationException(
                    $"The assignment of a {rows} x {columns} cost matrix is infeasible: {(rows <= columns ? "row" : "column")} {start} cannot be assigned without a pair of infinite cost.");
            }

            slot = FindSlot(distance);
            if (_agentOfSlot[slot] < 0)
            {
                break;
            }

            _settled[settled++] = (slot, distance, _slotPrices[slot]);
            _distances[slot] = double.PositiveInfinity;
            _slotPrices[slot] = double.NegativeInfinity;
            agent = _agentOfSlot[slot];
        }

        _agentPrices[start] += distance;
        foreach ((int passed, double at, double price) in _settled.AsSpan(0, settled))
        {
            _agentPrices[_agentOfSlot[passed]] += distance - at;
            _slotPrices[passed] = price - (distance - at);
        }

        // Walk back to the start: each agent on the path moves to the slot reached from it.
        while (true)
        {
            int from = (int)_reachedFrom[slot];
            _agentOfSlot[slot] = from;
            (slot, _slotOfAgent[from]) = (_slotOfAgent[from], slot);
            if (from == start)
            {
                return;
            }
        }
    }

    /// <summary>Offers every slot the way through an agent and returns the least distance of any that is not settled.</summary>
    private double Relax(int agent, double offset)
    {
        ref double costs = ref MemoryMarshal.GetReference(_costs.AsSpan(agent * _stride));
        ref double prices = ref MemoryMarshal.GetArrayDataReference(_slotPrices);
        ref double distances = ref MemoryMarshal.GetArrayDataReference(_distances);
        ref long reached = ref MemoryMarshal.GetArrayDataReference(_reachedFrom);
        var least = new Vector<double>(double.PositiveInfinity);
        var offsets = new Vector<double>(offset);
        var from = new Vector<long>(agent);
        for (nuint slot = 0; slot < (nuint)_stride; slot += (nuint)Vector<double>.Count)
        {
            Vector<double> offered = offsets + (Vector.LoadUnsafe(ref costs, slot) - Vector.LoadUnsafe(ref prices, slot));
            Vector<double> known = Vector.LoadUnsafe(ref distances, slot);
            Vector<long> shorter = Vector.LessThan(offered, known);
            known = Vector.ConditionalSelect(shorter, offered, known);
            known.StoreUnsafe(ref distances, slot);
            Vector.ConditionalSelect(shorter, from, Vector.LoadUnsafe(ref reached, slot)).StoreUnsafe(ref reached, slot);
            least = Vector.ConditionalSelect(Vector.LessThan(known, least), known, least);
        }

        double result = least[0];
        for (int lane = 1; lane < Vector<double>.Count; lane++)
        {
            result = Math.Min(result, least[lane]);
        }

        return result;
    }

    /// <summary>A slot at this distance; a free one if there is any, since that ends the search.</summary>
    private int FindSlot(double distance)
    {
        ReadOnlySpan<double> distances = _distances.AsSpan(0, _stride);
        int found = distances.IndexOf(distance);
        for (int slot = found; _agentOfSlot[slot] >= 0;)
        {
            int next = distances[(slot + 1)..].IndexOf(distance);
            if (next < 0)
            {
                return found;
            }

            slot += next + 1;
            found = _agentOfSlot[slot] < 0 ? slot : found;
        }

        return found;
    }

    private static void ThrowInvalid<T>(ReadOnlySpan<T> costs, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int index = 0;
        while (costs[index] > T.NegativeInfinity)
        {
            index++;
        }

        throw new ArgumentException(
            $"The cost of row {index / columns}, column {index % columns} is {costs[index]}; a number or +infinity was expected.", nameof(costs));
    }
}
